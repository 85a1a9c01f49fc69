import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type Again, parseAgain } from './again.ts';

export interface QuestionServerOptions {
  path: string;
  /** Gives the answer's line, at once where it can; undefined for a line that nobody can be answered. */
  answer: (line: string) => string | undefined | Promise<string | undefined>;
  /** The relay has given an answer again by itself. */
  again: (again: Again) => void;
}

/** As the relay introduces itself. */
const PREAMBLE = 'acl 2';

/**
 * The socket that Squid's relay asks at (src/relay/acl-relay.c has the lines). Answers go back in the order in which they
 * are found.
 */
export class QuestionServer {
  readonly #options: QuestionServerOptions;
  readonly #server: Server;
  readonly #relays = new Set<Socket>();

  constructor(options: QuestionServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** How many relays are connected: none once Squid has ended. */
  get relays(): number {
    return this.#relays.size;
  }

  async listen(): Promise<void> {
    const { path } = this.#options;
    // Left behind by an agent that was killed.
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

  #serve(socket: Socket): void {
    const write = batchedWriter(socket);
    const give = (answer: string | undefined) => {
      if (answer !== undefined) write(answer);
    };
    const ask = (line: string) => {
      const again = parseAgain(line);
      if (again !== undefined) return this.#options.again(again);
      const answer = this.#options.answer(line);
      if (answer instanceof Promise) void answer.then(give);
      else give(answer);
    };
    const take = introduced(() => socket.destroy(), ask);
    let rest = '';
    this.#relays.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#relays.delete(socket));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
  }
}

/** Takes lines after a first one that is right; after a wrong one, none. */
function introduced(refuse: () => void, take: (line: string) => void): (line: string) => void {
  let next = (first: string) => {
    next = first === PREAMBLE ? take : () => {};
    if (first !== PREAMBLE) refuse();
  };
  return (line) => next(line);
}

/** What is answered in one turn of the event loop goes out in one write. */
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
