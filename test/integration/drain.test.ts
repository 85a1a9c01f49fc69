import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from './support/free-ports.ts';

const drain = resolve(import.meta.dirname, '../../src/launchers/drain');

let folder: string;
let port: number;
let echo: Server;
let launcher: ChildProcess;
let exited: Promise<unknown[]>;

beforeEach(async () => {
  echo = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((listening) => echo.listen(0, '127.0.0.1', listening));
  [port = 0] = await freePorts(1);
  folder = mkdtempSync(join(tmpdir(), 'drain-'));
  const conf = join(folder, 'squid.conf');
  writeFileSync(
    conf,
    [
      `http_port 127.0.0.1:${port}`,
      // Longer than the test may take: an earlier end is the launcher's doing.
      'shutdown_lifetime 600 seconds',
      'pid_filename none',
      'access_log none',
      'cache_log /dev/stderr',
      'http_access allow localhost',
      '',
    ].join('\n'),
  );
  const squid = ['squid', '-N', '-n', `drain${process.pid}`, '-f', conf];
  launcher = spawn(drain, [`${port}`, ...squid], { detached: true, stdio: 'ignore' });
  exited = once(launcher, 'exit');
  while (!(await connects())) await sleep(50);
});

afterEach(async () => {
  if (launcher.exitCode === null) {
    process.kill(-(launcher.pid ?? 0), 'SIGKILL');
    await exited;
  }
  await new Promise((closed) => echo.close(closed));
  rmSync(folder, { recursive: true });
});

function connects(): Promise<boolean> {
  const client = connect(port, '127.0.0.1');
  return new Promise((settle) => {
    client.once('error', () => settle(false));
    client.once('connect', () => settle(true));
  }).finally(() => client.destroy()) as Promise<boolean>;
}

async function openTunnel(): Promise<Socket> {
  const client = connect(port, '127.0.0.1');
  client.write(`CONNECT 127.0.0.1:${(echo.address() as AddressInfo).port} HTTP/1.1\r\n\r\n`);
  const [answer] = await once(client, 'data');
  expect(`${answer}`).toMatch(/^HTTP\/1.1 200/);
  return client;
}

test('without a connection Squid ends immediately', async () => {
  launcher.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('an open tunnel lives on while the port is closed, and Squid ends when it is gone', async () => {
  const tunnel = await openTunnel();
  launcher.kill('SIGTERM');
  while (await connects()) await sleep(50);
  for (const word of ['a', 'b', 'c', 'd', 'e']) {
    await sleep(1000);
    tunnel.write(word);
    expect(`${await once(tunnel, 'data')}`).toBe(word);
  }
  expect(launcher.exitCode).toBeNull();
  tunnel.end();
  expect(await exited).toEqual([0, null]);
});

test('a client that has ended its side and waits for the answer is waited for', async () => {
  const [free = 0] = await freePorts(1);
  const server = `require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
    process.once('SIGTERM', () => setTimeout(() => socket.end('answer'), 5000));
    socket.resume().write('ready');
  }).listen(${free}, '127.0.0.1')`;
  const draining = spawn(drain, [`${free}`, process.execPath, '-e', server], { stdio: 'ignore' });
  const ended = once(draining, 'exit');
  let received = '';
  let client: Socket | undefined;
  while (received === '') {
    client?.destroy();
    client = connect({ port: free, host: '127.0.0.1', allowHalfOpen: true });
    client
      .on('error', () => {})
      .on('data', (chunk) => {
        received += chunk;
      });
    await sleep(200);
  }
  client?.end();
  draining.kill('SIGTERM');
  await ended;
  expect(received).toBe('readyanswer');
});

test("what Squid's children still write when Squid has ended is waited for", () => {
  const written = join(folder, 'written');
  const child = `(sleep 2; echo all > ${written}) &`;
  const inside = [
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    drain,
    `${port}`,
    'sh',
    '-c',
    `${child} exit 3`,
  ];
  expect(spawnSync('unshare', inside).status).toBe(3);
  expect(readFileSync(written, 'utf8')).toBe('all\n');
});
