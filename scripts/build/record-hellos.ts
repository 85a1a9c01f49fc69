/**
 * Records what real TLS clients send first: each of them, as far as this machine has it, asks for https://api.example.com/
 * through a proxy that keeps the first bytes of the tunnel. Writes src/forward/recorded-hellos.fixture.json, in which
 * clients that the machine does not have stay as they are. Run by hand: node scripts/build/record-hellos.ts
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RecordedHello } from '../../src/forward/client-hello.fixture.ts';

const NAME = 'api.example.com';
const URL = `https://${NAME}/`;
const OUTPUT = resolve(import.meta.dirname, '../../src/forward/recorded-hellos.fixture.json');
/** Milliseconds without another byte after which a hello is complete. */
const QUIET = 1000;
/** Milliseconds until a client that sends nothing is given up. */
const PATIENCE = 600_000;

interface Client {
  name: string;
  /** Prints its version, in the first line. */
  version: string[];
  /** `{address}` and `{port}` are those of the proxy, `{folder}` is that of the programs below. */
  command: string[];
}

const programs = {
  'hello.go': `package main
import "net/http"
func main() { http.Get("${URL}") }
`,
  'Hello.java': `import java.net.URI;
public class Hello {
  public static void main(String[] args) throws Exception { URI.create("${URL}").toURL().openStream(); }
}
`,
};

const clients: Client[] = [
  { name: 'curl (OpenSSL)', version: ['curl', '-V'], command: ['curl', '-sx', 'http://{address}', URL] },
  {
    name: 'curl, TLS 1.2 alone',
    version: ['curl', '-V'],
    command: ['curl', '-s', '--tls-max', '1.2', '-x', 'http://{address}', URL],
  },
  {
    name: 'wget (GnuTLS)',
    version: ['wget', '-V'],
    command: ['wget', '-qO-', '-t1', '-e', 'use_proxy=on', '-e', 'https_proxy=http://{address}', URL],
  },
  {
    name: 'Python urllib',
    version: ['python3', '-c', 'import sys, ssl; print(sys.version.split()[0], ssl.OPENSSL_VERSION)'],
    command: [
      'python3',
      '-c',
      `import urllib.request as r; r.build_opener(r.ProxyHandler({'https': 'http://{address}'})).open('${URL}')`,
    ],
  },
  {
    name: 'Go net/http',
    version: ['go', 'version'],
    command: ['env', 'HTTPS_PROXY=http://{address}', 'go', 'run', '{folder}/hello.go'],
  },
  {
    name: 'Java HttpsURLConnection',
    version: ['java', '--version'],
    command: ['java', '-Dhttps.proxyHost=127.0.0.1', '-Dhttps.proxyPort={port}', '{folder}/Hello.java'],
  },
  {
    name: 'Node.js fetch',
    version: [
      process.execPath,
      '-p',
      '"Node.js " + process.version + ", OpenSSL " + process.versions.openssl',
    ],
    command: [
      'env',
      'NODE_USE_ENV_PROXY=1',
      'HTTPS_PROXY=http://{address}',
      process.execPath,
      '-e',
      `fetch('${URL}').catch(() => {})`,
    ],
  },
  {
    name: 'Chromium',
    version: ['chromium', '--version'],
    command: [
      'chromium',
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--user-data-dir={folder}/chromium',
      '--proxy-server={address}',
      URL,
    ],
  },
];

const hasProgram = ({ version: [program = ''] }: Client) =>
  spawnedOk('sh', ['-c', 'command -v "$0"', program]);

function spawnedOk(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Answers a CONNECT, and calls `heard` with the bytes that follow, as soon as no more of them come. */
function keepFirstBytes(socket: Socket, heard: (bytes: Buffer) => void): void {
  let head = Buffer.alloc(0);
  let kept: Buffer | undefined;
  let quiet: NodeJS.Timeout | undefined;
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    if (kept !== undefined) kept = Buffer.concat([kept, chunk]);
    else head = Buffer.concat([head, chunk]);
    if (kept === undefined && head.includes('\r\n\r\n')) {
      if (!head.toString('latin1').startsWith(`CONNECT ${NAME}:443 `)) return void socket.destroy();
      kept = Buffer.alloc(0);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    }
    clearTimeout(quiet);
    const bytes = kept;
    if (bytes !== undefined && bytes.length > 0) quiet = setTimeout(() => heard(bytes), QUIET);
  });
}

async function record({ name, version, command }: Client, folder: string): Promise<RecordedHello> {
  const sockets = new Set<Socket>();
  const { promise, resolve: heard } = Promise.withResolvers<Buffer | undefined>();
  const proxy = createServer((socket) => {
    sockets.add(socket);
    keepFirstBytes(socket, heard);
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const { port } = proxy.address() as { port: number };
  const [program = '', ...args] = command.map((word) =>
    word.replace('{address}', `127.0.0.1:${port}`).replace('{port}', `${port}`).replace('{folder}', folder),
  );
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  const patience = setTimeout(() => heard(undefined), PATIENCE);
  // While its tunnel is open and silent, a client waits.
  child.once('exit', () => heard(undefined));
  const bytes = await promise;
  clearTimeout(patience);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  for (const socket of sockets) socket.destroy();
  proxy.close();
  if (bytes === undefined) throw new Error(`${name} sent nothing: ${command.join(' ')}`);
  const [versionProgram = '', ...versionArgs] = version;
  const printed = execFileSync(versionProgram, versionArgs, { encoding: 'utf8' }).split('\n')[0] ?? '';
  return { client: name, version: printed.trim().slice(0, 70), hello: bytes.toString('base64') };
}

const folder = mkdtempSync(join(tmpdir(), 'record-hellos-'));
for (const [file, text] of Object.entries(programs)) writeFileSync(join(folder, file), text);
const known: RecordedHello[] = existsSync(OUTPUT) ? JSON.parse(readFileSync(OUTPUT, 'utf8')) : [];
const recorded: RecordedHello[] = [];
for (const client of clients) {
  const before = known.filter((one) => one.client === client.name);
  recorded.push(...(hasProgram(client) ? [await record(client, folder)] : before));
}
rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
writeFileSync(OUTPUT, `${JSON.stringify(recorded, null, 2)}\n`);
process.stdout.write(`${recorded.map(({ client, version }) => `${client}: ${version}`).join('\n')}\n`);
