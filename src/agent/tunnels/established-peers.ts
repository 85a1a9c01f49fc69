import { inTurns } from '../../time/index.ts';
import { peerKey } from '../peer-key.ts';
import { parseTableAddress, readTcpTables } from '../tcp-tables.ts';

/** States in /proc/net/tcp of connections that Squid holds: ESTABLISHED and CLOSE_WAIT, whose client has ended its side. */
const HELD = new Set(['01', '08']);

/** Milliseconds of one turn of the event loop: requests wait for an answer meanwhile. */
const TURN = 1;

/**
 * `address port` of each peer with a TCP connection to this pod; undefined if the kernel does not list them. The list of a
 * tenant's 20,000 connections is read over several turns of the event loop.
 */
export async function establishedPeers(): Promise<Set<string> | undefined> {
  try {
    const peers = new Set<string>();
    for (const table of await readTcpTables()) await inTurns(addPeers(peers, table), { turnMs: TURN });
    return peers;
  } catch {
    return undefined;
  }
}

function* addPeers(peers: Set<string>, table: string): Generator<void> {
  for (const peer of parsePeers(table)) yield void peers.add(peer);
}

/** Number, local end, remote end, state; the words of an address, its port. */
const CONNECTION = /^ *\d+: [\dA-F]+:[\dA-F]+ ([\dA-F]+):([\dA-F]+) ([\dA-F]{2})\b/gm;

/** The remote ends of the connections in a table of proc(5) that this end has not closed. */
export function* parsePeers(table: string): Generator<string> {
  // Thousands of connections come from few addresses.
  const addresses = new Map<string, string>();
  for (const [, words = '', port = '', state = ''] of table.matchAll(CONNECTION)) {
    if (!HELD.has(state)) continue;
    const address = addresses.get(words) ?? parseTableAddress(words);
    addresses.set(words, address);
    yield peerKey(address, Number.parseInt(port, 16));
  }
}
