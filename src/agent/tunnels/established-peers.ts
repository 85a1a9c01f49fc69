import { readFile } from 'node:fs/promises';
import { peerKey } from '../peer-key.ts';
import { canonicalAddress } from '../squid-acl/index.ts';

/** States in /proc/net/tcp of connections that Squid holds: ESTABLISHED and CLOSE_WAIT, whose client has ended its side. */
const HELD = new Set(['01', '08']);

/** `address port` of each peer with a TCP connection to this pod; undefined if the kernel does not list them. */
export async function establishedPeers(): Promise<Set<string> | undefined> {
  try {
    const texts = await Promise.all(['tcp', 'tcp6'].map((name) => readTable(`/proc/net/${name}`)));
    return new Set(texts.flatMap(parsePeers));
  } catch {
    return undefined;
  }
}

/** A kernel without IPv6 has no tcp6. */
function readTable(path: string): Promise<string> {
  return readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && path.endsWith('6')) return '';
    throw error;
  });
}

/** The remote ends of the connections in a table of proc(5) that this end has not closed. */
export function parsePeers(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const [, , remote = '', state = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = remote.split(':');
    return HELD.has(state) ? [peerKey(parseAddress(address), Number.parseInt(port, 16))] : [];
  });
}

/** Parses 32-bit words in the machine's byte order, which is little-endian on all supported platforms. */
function parseAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(
    (word) => Buffer.from(word, 'hex').reverse().toJSON().data,
  );
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return canonicalAddress(groups.join(':'));
}
