import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type DecodedPacket, encode, type Packet } from 'dns-packet';
import type { Nameserver } from '../../dns/index.ts';
import { readAnswer } from './query.ts';

/** Sockets that are open to one nameserver; further queries share them. */
const MOST = 128;
/** Queries after which a socket gets no further one while another can take it, so that no port lives long. */
const QUERIES = 64;

/**
 * The UDP sockets to one nameserver. Up to the limit each query has a socket of its own, beyond it a random one of those
 * that are open; a socket is closed with its last query. A forged answer must hit the port, the id and the name of a query
 * in either case (RFC 5452): ports are the kernel's random choice, ids are random, and equal names are asked for once.
 */
export class UdpSockets {
  readonly #nameserver: Nameserver;
  readonly #most: number;
  readonly #open = new Set<QuerySocket>();

  constructor(nameserver: Nameserver, most = MOST) {
    this.#nameserver = nameserver;
    this.#most = most;
  }

  /** Sends the query with an id of its own. Rejects without an answer after `tryMs`, or if the nameserver is unreachable. */
  ask(query: Packet, tryMs: number): Promise<DecodedPacket> {
    return this.#choose().ask(query, tryMs);
  }

  get size(): number {
    return this.#open.size;
  }

  #choose(): QuerySocket {
    if (this.#open.size < this.#most) {
      const socket = new QuerySocket(this.#nameserver, () => this.#open.delete(socket));
      this.#open.add(socket);
      return socket;
    }
    const open = [...this.#open];
    const fresh = open.filter(({ asked }) => asked < QUERIES);
    const candidates = fresh.length > 0 ? fresh : open;
    return candidates[randomInt(candidates.length)] as QuerySocket;
  }
}

interface Waiting {
  query: Packet;
  resolve: (packet: DecodedPacket) => void;
  reject: (error: Error) => void;
}

/** One socket, connected to the nameserver: the kernel drops what comes from elsewhere. */
class QuerySocket {
  readonly #socket: Socket;
  readonly #connected: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onClosed: () => void;
  /** Queries that were sent. */
  asked = 0;

  constructor({ address, port }: Nameserver, onClosed: () => void) {
    this.#onClosed = onClosed;
    this.#socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket.on('message', (message) => this.#receive(message));
    const connected = Promise.withResolvers<void>();
    this.#connected = connected.promise;
    // The error reaches the queries, too.
    this.#connected.catch(() => {});
    this.#socket.on('error', (error) => {
      connected.reject(error);
      this.#fail(error);
    });
    this.#socket.connect(port, address, () => connected.resolve());
  }

  async ask(query: Packet, tryMs: number): Promise<DecodedPacket> {
    this.asked += 1;
    const id = this.#freeId();
    const answer = Promise.withResolvers<DecodedPacket>();
    const timer = setTimeout(() => answer.reject(new Error('timeout')), tryMs);
    const sent = { ...query, id };
    this.#waiting.set(id, { query: sent, ...answer });
    try {
      await Promise.race([this.#connected, answer.promise]);
      // The kernel gives an error about an earlier query to whatever uses the socket next.
      this.#socket.send(encode(sent), (error) => {
        if (error !== null) this.#fail(error);
      });
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#close();
    }
  }

  #receive(message: Buffer): void {
    if (message.length < 2) return;
    const waiting = this.#waiting.get(message.readUInt16BE(0));
    if (waiting === undefined) return;
    const packet = readAnswer(message, waiting.query);
    if (packet !== undefined) waiting.resolve(packet);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  #close(): void {
    this.#onClosed();
    this.#socket.close();
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(65_536);
      if (!this.#waiting.has(id)) return id;
    }
  }
}
