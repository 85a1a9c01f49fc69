import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type ClientEnd, parseClientEnds } from './connection.ts';

/** How many connections there were. */
export type EndConnections = (clients: readonly ClientEnd[]) => Promise<number>;

/** One line a request, `<address> <port>`, several separated by commas; the answer is one line: `ended <n>`, or `failed <why>`. */
export class CloserServer {
  readonly #end: EndConnections;
  readonly #server: Server;

  constructor(end: EndConnections) {
    this.#end = end;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(path: string): Promise<void> {
    // Left behind by one that was killed.
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
    // The group is the pod's fsGroup: the agent's.
    chmodSync(path, 0o660);
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
    const clients = parseClientEnds(line);
    if (clients === undefined) return 'failed not an address and a port';
    try {
      return `ended ${await this.#end(clients)}`;
    } catch (error) {
      return `failed ${String((error as Error).message).replaceAll('\n', ' ')}`;
    }
  }
}
