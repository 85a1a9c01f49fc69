import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
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
    const path = this.#path;
    this.#server.on('connection', (socket) => this.#serve(socket, handler));
    // An agent that was killed leaves its socket.
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
    chmodSync(path, 0o660);
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
    const takeLine = afterPreamble(() => socket.destroy(), take);
    let rest = '';
    this.#relays.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#relays.delete(socket));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) takeLine(line);
    });
  }
}

/** Passes lines on after the preamble; calls `reject` and drops all lines if the first line is another. */
function afterPreamble(reject: () => void, take: (line: string) => void): (line: string) => void {
  let next = (first: string) => {
    next = first === PREAMBLE ? take : () => {};
    if (first !== PREAMBLE) reject();
  };
  return (line) => next(line);
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
