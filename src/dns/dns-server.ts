import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { MessageReader, withLength } from './tcp-messages.ts';

/** The sender of a message, as its socket names it. */
export interface DnsClient {
  address: string;
  protocol: 'udp' | 'tcp';
}

export interface DnsServerOptions {
  /** `::` serves both families where the pod has IPv6. */
  address: string;
  /** 0 for any free port. */
  port: number;
  /** Answers one message with one; undefined leaves it without an answer. Must not reject. */
  answer: (message: Buffer, client: DnsClient) => Promise<Buffer | undefined> | Buffer | undefined;
  /** The most TCP connections; further ones are closed. Default: no limit. */
  maxConnections?: number;
  /** The most TCP connections of one address; further ones are closed. Default: no limit. */
  maxConnectionsPerClient?: number;
}

/** Milliseconds after which an idle TCP connection is closed. */
const TCP_IDLE = 30_000;
/** Queries of one TCP connection without an answer, after which no further one is read. */
const UNANSWERED = 64;

/** A DNS server over UDP and TCP, on one port. */
export class DnsServer {
  readonly #options: DnsServerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();
  readonly #byClient = new Map<string, number>();

  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#udp = createSocket(isIPv6(options.address) ? 'udp6' : 'udp4');
    this.#tcp = createServer((socket) => this.#accept(socket));
    if (options.maxConnections !== undefined) this.#tcp.maxConnections = options.maxConnections;
  }

  /** Resolves with the port. Rejects if it is taken, or if the pod does not have the address family. */
  async listen(): Promise<number> {
    const { address, port } = this.#options;
    this.#udp.on('message', (message, peer) => this.#answerDatagram(message, peer));
    this.#udp.bind(port, address);
    await once(this.#udp, 'listening');
    const bound = (this.#udp.address() as AddressInfo).port;
    this.#tcp.listen(bound, address);
    await once(this.#tcp, 'listening');
    return bound;
  }

  async close(): Promise<void> {
    this.#udp.close();
    for (const connection of this.#connections) connection.destroy();
    if (this.#tcp.listening) await new Promise((resolve) => this.#tcp.close(resolve));
  }

  async #answerDatagram(message: Buffer, { address, port }: RemoteInfo): Promise<void> {
    const answered = this.#options.answer(message, { address, protocol: 'udp' });
    const response = answered instanceof Promise ? await answered : answered;
    if (response !== undefined) this.#udp.send(response, port, address, () => {});
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address } = socket;
    if (address === undefined) return;
    const { maxConnectionsPerClient: most = Number.POSITIVE_INFINITY } = this.#options;
    const open = this.#byClient.get(address) ?? 0;
    socket.on('error', () => {});
    if (open >= most) {
      socket.destroy();
      return;
    }
    this.#byClient.set(address, open + 1);
    this.#connections.add(socket);
    socket.on('close', () => this.#closed(socket, address));
    socket.setTimeout(TCP_IDLE, () => socket.destroy());
    this.#serve(socket, address);
  }

  #closed(socket: Socket, address: string): void {
    this.#connections.delete(socket);
    const left = (this.#byClient.get(address) ?? 1) - 1;
    if (left === 0) this.#byClient.delete(address);
    else this.#byClient.set(address, left);
  }

  /** Answers in the order in which they become known, as resolvers may (RFC 7766, 6.2.1.1). */
  #serve(socket: Socket, address: string): void {
    const reader = new MessageReader();
    let unanswered = 0;
    const answer = async (message: Buffer) => {
      unanswered += 1;
      if (unanswered >= UNANSWERED) socket.pause();
      const response = await this.#options.answer(message, { address, protocol: 'tcp' });
      unanswered -= 1;
      socket.resume();
      if (response !== undefined && socket.writable) socket.write(withLength(response));
    };
    socket.on('data', (chunk) => {
      for (const message of reader.read(chunk)) void answer(message);
    });
  }
}
