import { readFile } from 'node:fs/promises';
import { peerKey } from '../peer-key.ts';
import { canonicalAddress } from '../squid-acl/index.ts';

/** The state of an established connection in /proc/net/tcp. */
const ESTABLISHED = '01';

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

/** The remote ends of the established connections in a table of proc(5). */
export function parsePeers(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const [, , remote = '', state] = line.trim().split(/\s+/);
    const [address = '', port = ''] = remote.split(':');
    return state === ESTABLISHED ? [peerKey(parseAddress(address), Number.parseInt(port, 16))] : [];
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
