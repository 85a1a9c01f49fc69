import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { detachString } from '../detach-string.ts';
import { type GateReport, parseGateReport } from './gate-report.ts';

/** First line of a gate: the protocol and its version. */
const PREAMBLE = 'gate 1';

/** The Unix socket for the gate's reports; src/relay/gate.c describes the lines. The agent writes nothing. */
export class GateServer {
  readonly #path: string;
  readonly #server = createServer();
  readonly #gates = new Set<Socket>();

  constructor(path: string) {
    this.#path = path;
  }

  async listen(onReport: (report: GateReport) => void): Promise<void> {
    this.#server.on('connection', (socket) => this.#serve(socket, onReport));
    // An agent that was killed leaves its socket.
    rmSync(this.#path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#path, resolve);
    });
    chmodSync(this.#path, 0o660);
  }

  async close(): Promise<void> {
    for (const gate of this.#gates) gate.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, onReport: (report: GateReport) => void): void {
    let rest = '';
    let take = (first: string) => {
      take = first === PREAMBLE ? takeReport : () => {};
      if (first !== PREAMBLE) socket.destroy();
    };
    const takeReport = (line: string) => {
      const report = parseGateReport(detachString(line));
      if (report !== undefined) onReport(report);
    };
    this.#gates.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#gates.delete(socket));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
  }
}
