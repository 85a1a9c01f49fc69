import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet, streamEncode } from 'dns-packet';

export interface DnsServerOptions {
  address: string;
  port: number;
  answer: (query: DecodedPacket) => Promise<Packet>;
}

/** Bytes of a UDP message without EDNS (RFC 1035, 2.3.4); Squid repeats a truncated query over TCP. */
const UDP_LIMIT = 512;
const TRUNCATED = 1 << 9;
/** Milliseconds after which an idle TCP connection is closed. */
const TCP_IDLE = 30_000;

/** The DNS server for Squid, over UDP and TCP. A malformed packet gets no answer. */
export class DnsServer {
  readonly #options: DnsServerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#udp = createSocket(isIPv6(options.address) ? 'udp6' : 'udp4');
    this.#tcp = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<void> {
    const { address, port } = this.#options;
    this.#udp.on('message', async (message, peer) => {
      const response = await this.#answer(message);
      if (response === undefined) return;
      const complete = encode(response);
      const sent = complete.length <= UDP_LIMIT ? complete : encode(truncate(response));
      this.#udp.send(sent, peer.port, peer.address, () => {});
    });
    this.#udp.bind(port, address);
    await once(this.#udp, 'listening');
    this.#tcp.listen(port, address);
    await once(this.#tcp, 'listening');
  }

  async close(): Promise<void> {
    this.#udp.close();
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.#tcp.close(resolve));
  }

  #serve(socket: Socket): void {
    let received = Buffer.alloc(0);
    this.#connections.add(socket);
    socket.setTimeout(TCP_IDLE, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('data', async (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const message = received.subarray(2, end);
        received = received.subarray(end);
        const response = await this.#answer(message);
        if (response !== undefined && socket.writable) socket.write(streamEncode(response));
      }
    });
  }

  async #answer(message: Buffer): Promise<Packet | undefined> {
    try {
      const query = decode(message);
      return query.type === 'query' ? await this.#options.answer(query) : undefined;
    } catch {
      return undefined;
    }
  }
}

function truncate(response: Packet): Packet {
  return { ...response, flags: (response.flags ?? 0) | TRUNCATED, answers: [] };
}
