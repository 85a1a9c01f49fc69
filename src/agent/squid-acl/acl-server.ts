import { createServer, type Socket } from 'node:net';
import { listenOnSocket } from '../../component/index.ts';
import { takeLines } from '../take-lines.ts';
import { parseReuse, type Reuse } from './lease.ts';

export interface AclHandler {
  /** Returns the line of the answer, without a promise if it is known; undefined for a line that has no channel. */
  answer(line: string): string | undefined | Promise<string | undefined>;
  /** The relay reused a leased answer. */
  reused(reuse: Reuse): void;
}

/** First line of a relay: the protocol and its version. */
const PREAMBLE = 'acl 3';

/**
 * The Unix socket for Squid's relay; src/relay/acl-relay.c describes the lines. Answers are written in the order in
 * which they become known.
 */
export class AclServer {
  readonly #path: string;
  readonly #server = createServer();
  readonly #relays = new Set<Socket>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Number of connected relays; 0 after Squid has ended. */
  get relays(): number {
    return this.#relays.size;
  }

  /** Passes the lines of all relays to the handler. */
  async listen(handler: AclHandler): Promise<void> {
    this.#server.on('connection', (socket) => this.#serve(socket, handler));
    await listenOnSocket(this.#server, this.#path);
  }

  async close(): Promise<void> {
    for (const relay of this.#relays) relay.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, handler: AclHandler): void {
    const write = batchedWriter(socket);
    const writeAnswer = (answer: string | undefined) => {
      if (answer !== undefined) write(answer);
    };
    const take = (line: string) => {
      const reuse = parseReuse(line);
      if (reuse !== undefined) return handler.reused(reuse);
      const answer = handler.answer(line);
      if (answer instanceof Promise) void answer.then(writeAnswer);
      else writeAnswer(answer);
    };
    this.#relays.add(socket);
    socket.on('close', () => this.#relays.delete(socket));
    takeLines(socket, PREAMBLE, take);
  }
}

/** Writes the lines of one turn of the event loop together. */
function batchedWriter(socket: Socket): (line: string) => void {
  let batch: string[] = [];
  return (line) => {
    batch.push(line);
    if (batch.length > 1) return;
    setImmediate(() => {
      if (socket.writable) socket.write(`${batch.join('\n')}\n`, 'latin1');
      batch = [];
    });
  };
}
