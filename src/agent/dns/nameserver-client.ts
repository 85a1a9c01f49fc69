import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DecodedPacket, encode, type Packet } from 'dns-packet';
import { askOverTcp, type Nameserver } from '../../dns/index.ts';
import { NAME_LOOKUP_TRIES_MS } from '../../proxy/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { buildQuery, readAnswer } from './query.ts';
import { FAILED, type Family, type Lookup, readLookup } from './records.ts';
import { UdpSockets } from './udp-sockets.ts';

export interface NameserverClientOptions {
  /** Asked in this order, in each try. */
  nameservers: readonly Nameserver[];
  /** Milliseconds of each try, which the nameservers share; by default NAME_LOOKUP_TRIES_MS. */
  tries?: readonly number[];
  clock?: Pick<Clock, 'monotonic'>;
}

interface Question {
  name: string;
  family: Family;
}

interface Peer extends Nameserver {
  key: string;
  sockets: UdpSockets;
}

/** SERVFAIL answers per nameserver before giving up. */
const FAILURES = 2;

/**
 * Client of the cluster's DNS. Search domains are not applied, since a rule names a complete name. A look-up takes up to
 * ten seconds, as a client's own resolver does (resolv.conf(5)): while the cluster's DNS moves, or the network does not
 * know a new pod yet, a request waits and is not denied. A nameserver that is silent is left out while another one is
 * not; a silence of all of them can be due to the names, so all are asked.
 */
export class NameserverClient {
  readonly #peers: readonly Peer[];
  readonly #tries: readonly number[];
  readonly #silence: CircuitBreaker;

  constructor({ nameservers, tries = NAME_LOOKUP_TRIES_MS, clock = systemClock }: NameserverClientOptions) {
    this.#peers = nameservers.map((nameserver) => ({
      ...nameserver,
      key: `${nameserver.address} ${nameserver.port}`,
      sockets: new UdpSockets(nameserver),
    }));
    this.#tries = tries;
    this.#silence = new CircuitBreaker(clock);
  }

  /** Never rejects. */
  async lookup(name: string, family: Family): Promise<Lookup> {
    const failures = { left: FAILURES * this.#peers.length };
    for (const tryMs of this.#tries) {
      const lookup = await this.#tryAll({ name, family }, tryMs, failures);
      if (lookup !== undefined) return lookup;
    }
    return FAILED;
  }

  /** One try, with each nameserver in turn. Undefined if the look-up continues. */
  async #tryAll(question: Question, tryMs: number, failures: { left: number }): Promise<Lookup | undefined> {
    const peers = this.#answering();
    for (const peer of peers) {
      const lookup = await this.#ask(peer, question, tryMs / peers.length);
      if (lookup === undefined) continue;
      if (lookup.rcode !== 'SERVFAIL') return lookup;
      failures.left -= 1;
      if (failures.left === 0) return FAILED;
    }
    return undefined;
  }

  /** The nameservers that are not silent, or all. */
  #answering(): readonly Peer[] {
    if (this.#peers.length === 1) return this.#peers;
    const answering = this.#peers.filter(({ key }) => this.#silence.admits(key));
    return answering.length === 0 ? this.#peers : answering;
  }

  async #ask(peer: Peer, question: Question, tryMs: number): Promise<Lookup | undefined> {
    const lookup = await ask(peer, question, tryMs);
    if (lookup === undefined) this.#silence.failed(peer.key);
    else this.#silence.answered(peer.key);
    return lookup;
  }
}

/** Undefined if unanswered after `tryMs`. On an error the remaining time is waited out: the server may be restarting. */
async function ask(peer: Peer, { name, family }: Question, tryMs: number): Promise<Lookup | undefined> {
  const query = buildQuery(name, family);
  const over = performance.now() + tryMs;
  try {
    const overUdp = await peer.sockets.ask(query, tryMs);
    const packet = overUdp.flag_tc ? await askTcp(peer, query, tryMs) : overUdp;
    return readLookup(packet, name, family);
  } catch {
    await sleep(Math.max(0, over - performance.now()));
    return undefined;
  }
}

async function askTcp(nameserver: Nameserver, query: Packet, tryMs: number): Promise<DecodedPacket> {
  const sent = { ...query, id: randomInt(65_536) };
  const packet = readAnswer(await askOverTcp(nameserver, encode(sent), tryMs), sent);
  if (packet === undefined) throw new Error('not an answer');
  return packet;
}
