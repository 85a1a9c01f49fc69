import { createServer, type Server } from 'node:net';
import { AT_START } from '../dns/parent-addresses.ts';

/**
 * Listens where a starting Squid looks for its parents (see AT_START), and closes what connects. Squid's own port is
 * left to Squid, which listens there on every address.
 */
export class MeetingPoints {
  readonly #ports: readonly number[];
  readonly #squidPort: () => number;
  readonly #servers: Server[] = [];

  constructor(ports: readonly number[], squidPort: () => number) {
    this.#ports = [...new Set(ports)];
    this.#squidPort = squidPort;
  }

  async listen(): Promise<void> {
    await Promise.all(
      this.#ports.filter((port) => port !== this.#squidPort()).map((port) => this.#open(port)),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** A port that somebody has already, such as our own telemetry, has somebody who listens: that will do. */
  #open(port: number): Promise<void> {
    const server = createServer((socket) => socket.destroy());
    return new Promise((resolve) => {
      server.once('error', () => resolve());
      server.listen(port, AT_START, () => {
        this.#servers.push(server);
        resolve();
      });
    });
  }
}
