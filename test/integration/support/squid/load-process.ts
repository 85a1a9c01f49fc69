/** Clients of the proxy: so many requests, so many at a time. Prints what became of them as JSON. */
import { connect } from 'node:net';
import { PROXY, PROXY_PORT } from './addresses.ts';

export interface Load {
  kind: 'CONNECT' | 'GET';
  /** `host:port`, one of these for each request in turn; `{index}` becomes the number of the request. */
  targets: string[];
  /** The clients' addresses, in turn. */
  sources: string[];
  requests: number;
  concurrency: number;
}

export interface LoadReport {
  /** By HTTP status; `error <code>` where there was none. */
  outcomes: Record<string, number>;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
const outcomes: Record<string, number> = {};
const times: number[] = [];

function ask(index: number): Promise<void> {
  const target = (load.targets[index % load.targets.length] ?? '').replace('{index}', `${index}`);
  const localAddress = load.sources[index % load.sources.length] ?? '';
  const head =
    load.kind === 'CONNECT'
      ? `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`
      : `GET http://${target}/load/${index}?secret=1 HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n`;
  const start = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: PROXY, port: PROXY_PORT, localAddress });
    const end = (outcome: string) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      times.push(performance.now() - start);
      socket.destroy();
      resolve();
    };
    socket.setTimeout(60_000, () => end('error timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(`error ${error.code}`));
    socket.once('connect', () => socket.write(head));
    socket.once('data', (chunk) => end(chunk.toString('latin1').slice(9, 12)));
    socket.once('end', () => end('error closed'));
  });
}

const start = performance.now();
let next = 0;
const client = async () => {
  while (next < load.requests) await ask(next++);
};
await Promise.all(Array.from({ length: load.concurrency }, client));
times.sort((a, b) => a - b);
const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
const report: LoadReport = {
  outcomes,
  seconds: (performance.now() - start) / 1000,
  p50: quantile(0.5),
  p99: quantile(0.99),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
