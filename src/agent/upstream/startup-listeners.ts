import { createServer, type Server } from 'node:net';
import { STARTUP_ADDRESS } from '../dns/index.ts';

/**
 * Accepts and closes connections at STARTUP_ADDRESS, on the ports of the parents, which a starting Squid connects to.
 * Squid's own port is left out: Squid listens there on every address.
 */
export class StartupListeners {
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

  /** If the port is taken (e.g. by telemetry), something is listening there already, which is all that is needed. */
  #open(port: number): Promise<void> {
    const server = createServer((socket) => socket.destroy());
    return new Promise((resolve) => {
      server.once('error', () => resolve());
      server.listen(port, STARTUP_ADDRESS, () => {
        this.#servers.push(server);
        resolve();
      });
    });
  }
}
