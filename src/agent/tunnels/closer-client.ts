import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Milliseconds to wait for an answer. */
const TIMEOUT = 10_000;

/** Asks the closer in this pod (src/closer) to end connections of clients. Returns how many it ended; rejects on failure. */
export async function endConnections(
  path: string,
  clients: readonly { address: string; port: number }[],
): Promise<number> {
  const socket = connect(path);
  socket.setTimeout(TIMEOUT, () => socket.destroy(new Error('the closer does not answer')));
  try {
    const answered = new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      createInterface({ input: socket })
        .once('line', resolve)
        .once('close', () => {
          reject(new Error('the closer closed the connection'));
        });
    });
    socket.write(`${clients.map(({ address, port }) => `${address} ${port}`).join(',')}\n`);
    const answer = await answered;
    const count = /^ended (\d+)$/.exec(answer)?.[1];
    if (count === undefined) throw new Error(answer);
    return Number(count);
  } finally {
    socket.destroy();
  }
}
