import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Milliseconds until an answer is given up. */
const LIMIT = 10_000;

/** Asks the closer beside us (src/closer) to end connections of clients; rejects where that failed. */
export async function endConnections(
  path: string,
  clients: readonly { address: string; port: number }[],
): Promise<number> {
  const socket = connect(path);
  socket.setTimeout(LIMIT, () => socket.destroy(new Error('the closer does not answer')));
  try {
    const answered = new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      createInterface({ input: socket })
        .once('line', resolve)
        .once('close', () => {
          reject(new Error('the closer hung up'));
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
