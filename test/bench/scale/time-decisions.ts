import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { ALLOWED, podAddress, targetHost } from './fill-cluster.ts';
import type { Size } from './scale-section.ts';

/**
 * Milliseconds of each decision, one after the other, as the relay asks for them: of pods all over the cluster, in turn for a
 * target that their rule sets have, and for a name of another namespace.
 */
export async function timeDecisions(socketPath: string, size: Size, count: number): Promise<number[]> {
  const socket = connect(socketPath);
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.write('acl 3\n');
  const times: number[] = [];
  for (let number = 0; number < count; number += 1) {
    // A large prime visits the namespaces in no order that a cache could like.
    const namespace = (number * 7919) % size.namespaces;
    const isAllowed = number % 2 === 0;
    const host = isAllowed ? ALLOWED : targetHost((namespace + 1) % size.namespaces, 0, 1);
    const begun = performance.now();
    socket.write(`${number} ${podAddress(namespace, number % size.pods)} 1024 CONNECT - ${host} 443 -\n`);
    const { value: answer = '' } = (await answers.next()) as { value?: string };
    times.push(performance.now() - begun);
    if (/^lease |verdict_=allow/.test(answer) !== isAllowed)
      throw new Error(`${host} was answered with ${answer}`);
  }
  socket.destroy();
  return times;
}
