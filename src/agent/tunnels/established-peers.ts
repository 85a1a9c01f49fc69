import { readFile } from 'node:fs/promises';
import { canonicalAddress } from '../../rules/index.ts';
import { inTurns } from '../../time/index.ts';
import { peerKey } from '../peer-key.ts';

/** States in /proc/net/tcp of connections that Squid holds: ESTABLISHED and CLOSE_WAIT, whose client has ended its side. */
const HELD = new Set(['01', '08']);

/**
 * `address port` of each peer with a TCP connection to this pod; undefined if the kernel does not list them. The list of a
 * tenant's 20,000 connections is read over several turns of the event loop.
 */
export async function establishedPeers(): Promise<Set<string> | undefined> {
  try {
    const peers = new Set<string>();
    for (const name of ['tcp', 'tcp6']) await inTurns(addPeers(peers, await readTable(`/proc/net/${name}`)));
    return peers;
  } catch {
    return undefined;
  }
}

function* addPeers(peers: Set<string>, table: string): Generator<void> {
  for (const peer of parsePeers(table)) yield void peers.add(peer);
}

/** A kernel without IPv6 has no tcp6. */
function readTable(path: string): Promise<string> {
  return readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && path.endsWith('6')) return '';
    throw error;
  });
}

/** Number, local end, remote end, state; the words of an address, its port. */
const CONNECTION = /^ *\d+: [\dA-F]+:[\dA-F]+ ([\dA-F]+):([\dA-F]+) ([\dA-F]{2})\b/gm;

/** The remote ends of the connections in a table of proc(5) that this end has not closed. */
export function* parsePeers(table: string): Generator<string> {
  // Thousands of connections come from few addresses.
  const addresses = new Map<string, string>();
  for (const [, words = '', port = '', state = ''] of table.matchAll(CONNECTION)) {
    if (!HELD.has(state)) continue;
    const address = addresses.get(words) ?? parseAddress(words);
    addresses.set(words, address);
    yield peerKey(address, Number.parseInt(port, 16));
  }
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
