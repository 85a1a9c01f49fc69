import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPageServer } from './server.ts';

/** Starts a WebSocket server that accepts every connection, as GoAccess's does, and returns its port. */
async function startSocketServer(): Promise<number> {
  const server = createServer().on('upgrade', (_, socket) => {
    const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function serve({ html }: { html?: string } = {}): Promise<number> {
  const page = join(mkdtempSync(join(tmpdir(), 'goaccess-')), 'index.html');
  if (html !== undefined) writeFileSync(page, html);
  const server = await startPageServer({
    port: 0,
    host: '127.0.0.1',
    page,
    socketPort: await startSocketServer(),
  });
  onTestFinished(() => server.close());
  return (server.server.address() as AddressInfo).port;
}

/** Status of the response to a WebSocket from a page of this origin. */
function open(port: number, origin: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      origin,
    };
    get({ port, host: '127.0.0.1', path: '/ws', headers })
      .on('upgrade', ({ statusCode = 0 }, socket) => {
        socket.destroy();
        resolve(statusCode);
      })
      .on('response', ({ statusCode = 0 }) => resolve(statusCode))
      .on('error', reject);
  });
}

describe('startPageServer', () => {
  it('serves the page with the address that it was requested from', async () => {
    const port = await serve({ html: 'var connection = {"url": "","port": 7891,"ping_interval": 0}' });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toContain(`127.0.0.1:${port}/ws`);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('answers 503 while there is no page', async () => {
    expect((await fetch(`http://127.0.0.1:${await serve()}/`)).status).toBe(503);
  });

  it('opens the WebSocket for its own page, and for no page of another site', async () => {
    const port = await serve();
    expect(await open(port, `http://127.0.0.1:${port}`)).toBe(101);
    expect(await open(port, 'http://evil.test')).toBe(403);
  });
});
