import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP, isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED, streamEncode } from 'dns-packet';
import { NAME_LOOKUP_TRIES_MS } from '../../proxy/index.ts';
import { canonical, FAILED, type Family, type Lookup, readLookup } from './records.ts';

export interface NameserverClientOptions {
  /** Asked in this order, in each try. */
  nameservers: readonly Nameserver[];
  /** Milliseconds of each try, which the nameservers share; by default NAME_LOOKUP_TRIES_MS. */
  tries?: readonly number[];
}

export interface Nameserver {
  address: string;
  port: number;
}

const DNS_PORT = 53;
/** SERVFAIL answers per nameserver before giving up. */
const FAILURES = 2;
/** Bytes that pass every network unfragmented (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/**
 * Client of the cluster's DNS. Search domains are not applied, since a rule names a complete name. A look-up takes up to
 * ten seconds, as a client's own resolver does (resolv.conf(5)): while the cluster's DNS moves, or the network does not
 * know a new pod yet, a request waits and is not denied.
 */
export class NameserverClient {
  readonly #attempts: readonly { nameserver: Nameserver; tryMs: number }[];
  readonly #mostFailures: number;

  constructor({ nameservers, tries = NAME_LOOKUP_TRIES_MS }: NameserverClientOptions) {
    const share = 1 / nameservers.length;
    this.#attempts = tries.flatMap((ms) =>
      nameservers.map((nameserver) => ({ nameserver, tryMs: ms * share })),
    );
    this.#mostFailures = FAILURES * nameservers.length;
  }

  /** Never rejects. */
  async lookup(name: string, family: Family): Promise<Lookup> {
    let failures = 0;
    for (const { nameserver, tryMs } of this.#attempts) {
      const lookup = await ask(nameserver, { name, family }, tryMs);
      if (lookup === undefined) continue;
      if (lookup.rcode !== 'SERVFAIL') return lookup;
      failures += 1;
      if (failures === this.#mostFailures) break;
    }
    return FAILED;
  }
}

/** Undefined if unanswered after `tryMs`. On an error the remaining time is waited out: the server may be restarting. */
async function ask(
  nameserver: Nameserver,
  { name, family }: { name: string; family: Family },
  tryMs: number,
): Promise<Lookup | undefined> {
  const query = buildQuery(name, family);
  const over = performance.now() + tryMs;
  try {
    const overUdp = await askUdp(nameserver, query, tryMs);
    const packet = overUdp.flag_tc ? await askTcp(nameserver, query, tryMs) : overUdp;
    return readLookup(packet, name, family);
  } catch {
    await sleep(Math.max(0, over - performance.now()));
    return undefined;
  }
}

function buildQuery(name: string, family: Family): Packet {
  return {
    type: 'query',
    id: randomInt(65_536),
    flags: RECURSION_DESIRED,
    questions: [{ type: family, name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_PAYLOAD,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  };
}

/** Each query has its own socket, hence an unpredictable port, connected to the one peer. */
function askUdp({ address, port }: Nameserver, query: Packet, tryMs: number): Promise<DecodedPacket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return new Promise<DecodedPacket>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout')), tryMs);
    socket.on('error', reject);
    socket.on('message', (message) => {
      const packet = readAnswer(message, query);
      if (packet !== undefined) resolve(packet);
    });
    socket.once('close', () => clearTimeout(timer));
    socket.connect(port, address, () => socket.send(encode(query)));
  }).finally(() => socket.close());
}

function askTcp({ address, port }: Nameserver, query: Packet, tryMs: number): Promise<DecodedPacket> {
  const socket = connect({ host: address, port });
  return new Promise<DecodedPacket>((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.setTimeout(tryMs, () => reject(new Error('timeout')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed early')));
    socket.on('connect', () => socket.write(streamEncode(query)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const packet = readAnswer(received.subarray(2), query);
      if (packet === undefined) reject(new Error('not an answer'));
      else resolve(packet);
    });
  }).finally(() => socket.destroy());
}

/** Undefined unless the message answers the query. */
function readAnswer(message: Buffer, query: Packet): DecodedPacket | undefined {
  try {
    const packet = decode(message);
    const [sent] = query.questions ?? [];
    const [echoed] = packet.questions ?? [];
    const same =
      packet.type === 'response' &&
      packet.id === query.id &&
      echoed?.type === sent?.type &&
      canonical(echoed?.name ?? '') === canonical(sent?.name ?? '');
    return same ? packet : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the nameservers of a resolv.conf (resolv.conf(5)); its search domains and options are not applied. */
export function readNameservers(resolvConf: string): Nameserver[] {
  return resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address) !== 0)
    .map((address) => ({ address, port: DNS_PORT }));
}
