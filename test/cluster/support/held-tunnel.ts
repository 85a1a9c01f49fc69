import { eventually, inPod } from './client-pods.ts';

/** A tunnel from a pod to an echo server, under a name that is unique in the pod. */
export interface HeldTunnel {
  /** `namespace/name`. */
  pod: string;
  name: string;
  /** Address of the proxy. */
  proxy: string;
  target: string;
  /** The name in the ClientHello with which the tunnel begins; without it, it begins with `echo`. */
  serverName?: string;
}

/** Seconds for which a tunnel waits. */
const LONGEST = 150;

/**
 * Opens the tunnel and holds it. Resolves with `closed` when the tunnel is closed, with `echo` if it still echoes when
 * askTunnel asks, and with `open` if it was not asked.
 */
export function holdTunnel({ pod, name, proxy, target, serverName = '' }: HeldTunnel): Promise<string> {
  const script = `
import os, socket, ssl, time
s = socket.create_connection(("${proxy}", 3128)); s.settimeout(0.2)
s.sendall(b"CONNECT ${target} HTTP/1.1\\r\\nHost: ${target}\\r\\n\\r\\n")
def read(patience, asked=lambda: False):
  end = time.time() + patience
  while time.time() < end:
    try: return s.recv(4096)
    except socket.timeout: pass
    if asked(): return b"asked"
def echoed(sent):
  s.sendall(sent); got = b""
  while len(got) < len(sent):
    more = read(20)
    if not more: break
    got += more
  return got == sent
def hello(name):
  out = ssl.MemoryBIO()
  client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
  try: client.do_handshake()
  except ssl.SSLWantReadError: return out.read()
assert read(20).startswith(b"HTTP/1.1 200"), "no tunnel"
assert echoed(hello("${serverName}") if "${serverName}" else b"echo"), "no echo"
open("/tmp/${name}", "w")
try:
  ended = read(${LONGEST}, lambda: os.path.exists("/tmp/ask-${name}"))
  print("open" if ended is None else "closed" if ended != b"asked" else "echo" if echoed(b"echo") else "closed")
except ConnectionError: print("closed")
`;
  return inPod(pod, `python3 - <<'END'\n${script}\nEND`, LONGEST + 30).then(
    ({ stdout, stderr }) => stdout.trim() || stderr,
  );
}

/** Whether the tunnel is open, as soon as it is. */
export async function isHeld({ pod, name }: Pick<HeldTunnel, 'pod' | 'name'>): Promise<boolean> {
  return (await eventually(async () => (await inPod(pod, `test -e /tmp/${name}`)).code, 0)) === 0;
}

/** Lets the tunnel echo once more, and end. */
export async function askTunnel({ pod, name }: Pick<HeldTunnel, 'pod' | 'name'>): Promise<void> {
  await inPod(pod, `touch /tmp/ask-${name}`);
}
