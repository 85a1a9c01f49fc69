import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { probeParent } from './probe-parent.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A parent that does that with what it reads of each connection. Returns its port. */
async function parent(answer: (socket: Socket, read: string) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.on('data', (data) => answer(socket, String(data)));
  });
  open.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const probe = async (port: number, answerTimeoutMs?: number) => {
  const options = { addresses: ['127.0.0.1'], port, connectTimeoutMs: 60_000, tls: undefined };
  const { addresses } = await probeParent({ ...options, answerTimeoutMs });
  return addresses[0]?.error;
};
/** Milliseconds after which a parent counts as silent; those that answer have as long as they need. */
const [SOON, NEVER] = [50, 60_000];

describe('probeParent', () => {
  test.each(['200 OK', '400 Bad Request', '407 Proxy Authentication Required', '501 Not Implemented'])(
    'any status is an answer: %s',
    async (status) => {
      const port = await parent((socket) => socket.write(`HTTP/1.1 ${status}\r\n\r\n`));
      expect(await probe(port, NEVER)).toBeUndefined();
    },
  );

  test('asks what a proxy answers by itself, for no host', async () => {
    let asked = '';
    const port = await parent((socket, read) => {
      asked = read;
      socket.end('HTTP/1.0 501 \r\n\r\n');
    });
    await probe(port, NEVER);
    expect(asked.toLowerCase().split('\r\n')).toEqual([
      'options * http/1.1',
      'host: ',
      'max-forwards: 0',
      'connection: close',
      '',
      '',
    ]);
  });

  test('one that accepts connections and never answers does not work', async () => {
    const port = await parent(() => {});
    expect(await probe(port, SOON)).toBe('it accepts connections and did not answer OPTIONS in 0.05 s');
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['closes', (socket) => socket.end(), 'it closed the connection and did not answer OPTIONS'],
    ['resets', (socket) => socket.resetAndDestroy(), 'it closed the connection and did not answer OPTIONS'],
    [
      'closes midway',
      (socket) => socket.end('HTTP/1.1 2'),
      'it closed the connection and did not answer OPTIONS',
    ],
    ['speaks something else', (socket) => socket.end('SSH-2.0-x\r\n'), 'its answer to OPTIONS is not HTTP'],
  ])('one that %s does not work', async (_, answer, error) => {
    expect(await probe(await parent(answer), NEVER)).toBe(error);
  });

  test('one that is sent no request has to accept connections only', async () => {
    let asked = '';
    const port = await parent((_, read) => {
      asked += read;
    });
    expect(await probe(port, undefined)).toBeUndefined();
    expect(asked).toBe('');
  });

  test('one that listens nowhere does not work', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await probe(port, NEVER)).toBe('ECONNREFUSED');
  });
});
