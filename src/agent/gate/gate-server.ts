import { createServer, type Socket } from 'node:net';
import { listenOnSocket } from '../../component/index.ts';
import { detachString } from '../detach-string.ts';
import { takeLines } from '../take-lines.ts';
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
    await listenOnSocket(this.#server, this.#path);
  }

  async close(): Promise<void> {
    for (const gate of this.#gates) gate.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, onReport: (report: GateReport) => void): void {
    this.#gates.add(socket);
    socket.on('close', () => this.#gates.delete(socket));
    takeLines(socket, PREAMBLE, (line) => {
      const report = parseGateReport(detachString(line));
      if (report !== undefined) onReport(report);
    });
  }
}
