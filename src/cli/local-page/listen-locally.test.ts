import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { listenLocally } from './listen-locally.ts';

it('joins connections in both directions, says why one could not be, and ends all of them', async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const { port } = echo.address() as AddressInfo;
  const failures: unknown[] = [];
  let isAway = false;
  const dial = async () => {
    if (isAway) throw new Error('no pod is ready');
    return connect({ port, host: '127.0.0.1' });
  };
  const local = await listenLocally(0, dial, (error) => failures.push(error));

  const client = connect({ port: local.port, host: '127.0.0.1' });
  client.end('hello');
  expect(await text(client)).toBe('hello');

  isAway = true;
  const refused = connect({ port: local.port, host: '127.0.0.1' });
  await once(refused, 'close');
  expect(failures).toEqual([new Error('no pod is ready')]);

  isAway = false;
  const open = connect({ port: local.port, host: '127.0.0.1' });
  open.write('x');
  await once(open, 'data');
  const ended = once(open, 'close');
  await local.close();
  await ended;
  await new Promise((resolve) => echo.close(resolve));
});
