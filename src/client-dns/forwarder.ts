import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { askOverTcp, type DnsClient, type Nameserver } from '../dns/index.ts';

export interface ForwarderOptions {
  /** Asked in this order. */
  nameservers: readonly Nameserver[];
  /** Milliseconds for one nameserver to answer; by default two seconds, less than a client's own five. */
  timeoutMs?: number;
  /** UDP sockets per nameserver; each has a port of its own. */
  sockets?: number;
}

const HEADER = 12;

/** Passes messages to the cluster's DNS as they are, but for the id. */
export class Forwarder {
  readonly #nameservers: readonly Nameserver[];
  readonly #pools: readonly UdpPool[];
  readonly #timeoutMs: number;

  constructor({ nameservers, timeoutMs = 2000, sockets = 8 }: ForwarderOptions) {
    this.#nameservers = nameservers;
    this.#timeoutMs = timeoutMs;
    this.#pools = nameservers.map((nameserver) => new UdpPool(nameserver, sockets));
  }

  /** The answer with the message's id; undefined if no nameserver answers. Never rejects. */
  async forward(message: Buffer, protocol: DnsClient['protocol']): Promise<Buffer | undefined> {
    for (const [index, nameserver] of this.#nameservers.entries()) {
      const answer =
        protocol === 'tcp'
          ? await askOverTcp(nameserver, message, this.#timeoutMs).catch(() => undefined)
          : await this.#pools[index]?.ask(message, this.#timeoutMs);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  close(): void {
    for (const pool of this.#pools) pool.close();
  }
}

interface Waiting {
  message: Buffer;
  resolve: (answer: Buffer | undefined) => void;
}

/** The UDP sockets to one nameserver. Each query uses one of them by chance, with an id by chance (RFC 5452). */
class UdpPool {
  readonly #nameserver: Nameserver;
  readonly #sockets: (QuerySocket | undefined)[];

  constructor(nameserver: Nameserver, size: number) {
    this.#nameserver = nameserver;
    this.#sockets = Array.from({ length: size });
  }

  ask(message: Buffer, timeoutMs: number): Promise<Buffer | undefined> {
    const index = randomInt(this.#sockets.length);
    let socket = this.#sockets[index];
    if (socket === undefined || socket.isClosed) {
      socket = new QuerySocket(this.#nameserver);
      this.#sockets[index] = socket;
    }
    return socket.ask(message, timeoutMs);
  }

  close(): void {
    for (const socket of this.#sockets) socket?.close();
  }
}

/** A socket that is connected to a nameserver: the kernel drops what comes from elsewhere. */
class QuerySocket {
  readonly #socket: Socket;
  readonly #connected: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  isClosed = false;

  constructor({ address, port }: Nameserver) {
    this.#socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket.on('message', (answer) => this.#receive(answer));
    // An unreachable nameserver: the next query makes a new socket.
    this.#socket.on('error', () => this.close());
    this.#connected = new Promise((resolve) => this.#socket.connect(port, address, () => resolve()));
  }

  async ask(message: Buffer, timeoutMs: number): Promise<Buffer | undefined> {
    const id = this.#freeId();
    const answer = Promise.withResolvers<Buffer | undefined>();
    this.#waiting.set(id, { message, resolve: answer.resolve });
    const timer = setTimeout(() => answer.resolve(undefined), timeoutMs);
    await Promise.race([this.#connected, answer.promise]);
    if (!this.isClosed) {
      this.#socket.send(withId(message, id), (error) => {
        if (error !== null) this.close();
      });
    }
    const received = await answer.promise;
    clearTimeout(timer);
    this.#waiting.delete(id);
    return received && withId(received, message.readUInt16BE(0));
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { resolve } of this.#waiting.values()) resolve(undefined);
    this.#socket.close();
  }

  #receive(answer: Buffer): void {
    if (answer.length < HEADER) return;
    const waiting = this.#waiting.get(answer.readUInt16BE(0));
    if (waiting !== undefined && hasSameQuestion(waiting.message, answer)) waiting.resolve(answer);
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(65_536);
      if (!this.#waiting.has(id)) return id;
    }
  }
}

/** Whether an answer repeats the question, as each must: byte by byte, which includes the case of letters. */
function hasSameQuestion(query: Buffer, answer: Buffer): boolean {
  const end = endOfQuestion(query);
  return answer.length >= end && query.subarray(HEADER, end).equals(answer.subarray(HEADER, end));
}

/** Offset after the first question, whose name a client does not compress. */
function endOfQuestion(query: Buffer): number {
  let offset = HEADER;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) offset += 1 + length;
  return Math.min(query.length, offset + 5);
}

function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id);
  return copy;
}
