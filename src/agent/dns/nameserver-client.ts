import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED, streamEncode } from 'dns-packet';
import { canonical, FAILED, type Family, type Lookup, readLookup } from './records.ts';

export interface NameserverClientOptions {
  /** Asked in this order, each again after the last; `address` or `{address, port}`. */
  nameservers: readonly Nameserver[];
  /** Milliseconds for one try. */
  tryMs?: number;
  /** How often each nameserver is asked. */
  rounds?: number;
}

export interface Nameserver {
  address: string;
  port: number;
}

const TRY = 2000;
const ROUNDS = 2;
/** Bytes that pass every network unfragmented (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** Asks the cluster's DNS, as it stands in resolv.conf. Search domains are not applied: a rule names a whole name. */
export class NameserverClient {
  readonly #options: Required<NameserverClientOptions>;

  constructor({ nameservers, tryMs = TRY, rounds = ROUNDS }: NameserverClientOptions) {
    this.#options = { nameservers, tryMs, rounds };
  }

  /** Never rejects. */
  async lookup(name: string, family: Family): Promise<Lookup> {
    const { nameservers, rounds } = this.#options;
    for (let round = 0; round < rounds; round += 1) {
      for (const nameserver of nameservers) {
        const lookup = await this.#ask(nameserver, name, family).catch(() => FAILED);
        if (lookup.rcode !== 'SERVFAIL') return lookup;
      }
    }
    return FAILED;
  }

  async #ask(nameserver: Nameserver, name: string, family: Family): Promise<Lookup> {
    const query = buildQuery(name, family);
    const overUdp = await askUdp(nameserver, query, this.#options.tryMs);
    const packet = overUdp.flag_tc ? await askTcp(nameserver, query, this.#options.tryMs) : overUdp;
    return readLookup(packet, name, family);
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

/** A socket of its own for each question, hence a port that cannot be guessed, and bound to the one peer. */
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

/** Undefined for anything but the answer to this question. */
function readAnswer(message: Buffer, query: Packet): DecodedPacket | undefined {
  try {
    const packet = decode(message);
    const [asked] = query.questions ?? [];
    const [echoed] = packet.questions ?? [];
    const same =
      packet.type === 'response' &&
      packet.id === query.id &&
      echoed?.type === asked?.type &&
      canonical(echoed?.name ?? '') === canonical(asked?.name ?? '');
    return same ? packet : undefined;
  } catch {
    return undefined;
  }
}
