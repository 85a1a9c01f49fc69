import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRelay } from '../../scripts/build/build-relay.ts';

export interface GateTunnel {
  socket: Socket;
  /** What the client has received after the gate's answer. */
  received: () => Buffer;
  /** The status of the gate's answer. */
  status: number;
}

/** The gate, compiled with checks of memory and undefined behaviour, and the agent's end of its reports. */
export class GateProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'gate-'));
  reports: string[] = [];
  complaints = '';
  port = 0;
  #child: ChildProcess | undefined;
  #agent: Server | undefined;
  readonly #connections = new Set<Socket>();

  async start(): Promise<void> {
    await this.startAgent();
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    this.port = (free.address() as { port: number }).port;
    await new Promise((resolve) => free.close(resolve));
    const child = spawn(
      buildRelay('checked'),
      ['gate', '--socket', this.#socketPath, '--port', `${this.port}`],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.complaints += chunk;
    });
    this.#child = child;
    while (!(await this.#listens())) if (child.exitCode !== null) throw new Error(this.complaints);
  }

  get #socketPath(): string {
    return join(this.folder, 'gate.sock');
  }

  async startAgent(): Promise<void> {
    rmSync(this.#socketPath, { force: true });
    this.#agent = createServer((socket) => {
      this.#connections.add(socket);
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        this.reports.push(...lines);
      });
    }).listen(this.#socketPath);
    await once(this.#agent, 'listening');
  }

  /** Ends the agent's side, as a kill of the agent does. */
  async stopAgent(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#connections.clear();
    await new Promise((resolve) => this.#agent?.close(resolve));
  }

  /** Number of its open descriptors. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.#child?.pid}/fd`).length;
  }

  /** Whether the process runs: a fault that a check finds ends it. */
  get runs(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
    void this.stopAgent();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sends what Squid sends, and returns after the gate's answer. */
  async ask(
    target: string,
    value: string,
    { head = [] }: { head?: readonly string[] } = {},
  ): Promise<GateTunnel> {
    const lines = [`CONNECT ${target} HTTP/1.1`, ...head, `X-Kube-Egress-Gate: ${value}`];
    return this.askRaw(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** The status is 0 if the gate closes the connection without an answer. */
  async askRaw(request: string): Promise<GateTunnel> {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.on('error', () => {});
    let bytes = Buffer.alloc(0);
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (bytes.includes('\r\n\r\n')) resolve();
      });
      socket.on('end', resolve).on('close', resolve);
    });
    socket.write(request);
    await answered;
    const end = bytes.indexOf('\r\n\r\n') + 4;
    const status = Number(bytes.toString('latin1').split(' ')[1] ?? 0);
    return { socket, received: () => bytes.subarray(end), status };
  }

  async #listens(): Promise<boolean> {
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    const connected = await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    return connected;
  }
}
