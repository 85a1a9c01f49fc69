import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { listenOnSocket } from '../component/index.ts';
import { type ClientAddress, parseClientAddresses } from './client-address.ts';

/** Ends the connections of these clients, and resolves with their number. */
export type EndConnections = (clients: readonly ClientAddress[]) => Promise<number>;

/**
 * The Unix socket for the agent (src/agent/tunnels/closer-client.ts). A request is one line of clients, each
 * `<address> <port>`, separated by commas. The answer is one line: `ended <number>` or `failed <reason>`.
 */
export class CloserServer {
  readonly #end: EndConnections;
  readonly #server: Server;

  constructor(end: EndConnections) {
    this.#end = end;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(path: string): Promise<void> {
    await listenOnSocket(this.#server, path);
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', async (line) => {
      const answer = await this.#answer(line);
      if (socket.writable) socket.write(`${answer}\n`);
    });
  }

  async #answer(line: string): Promise<string> {
    const clients = parseClientAddresses(line);
    if (clients === undefined) return 'failed each client needs an address and a port from 1 to 65535';
    try {
      return `ended ${await this.#end(clients)}`;
    } catch (error) {
      return `failed ${String((error as Error).message).replaceAll('\n', ' ')}`;
    }
  }
}
