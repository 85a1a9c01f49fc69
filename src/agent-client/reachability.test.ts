import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { tryConnect } from './reachability.ts';

async function listening(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe('tryConnect', () => {
  test('distinguishes a listening port from a closed one', async () => {
    const server = await listening();
    expect(await tryConnect('127.0.0.1', server.port, 30_000)).toBe('connected');
    await server.close();
    expect(await tryConnect('127.0.0.1', server.port, 30_000)).toBe('refused');
  });
});
