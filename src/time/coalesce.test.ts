import { describe, expect, it } from 'vitest';
import { coalesce } from './coalesce.ts';

/** Work whose runs end one by one, when the test ends them. */
function work() {
  const runs: PromiseWithResolvers<void>[] = [];
  const ask = coalesce(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  const end = async (index: number) => {
    runs[index]?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { ask, end, begun: () => runs.length };
}

describe('coalesce', () => {
  it('begins immediately while none is under way', async () => {
    const { ask, end, begun } = work();
    ask();
    expect(begun()).toBe(1);
    await end(0);
    expect(begun()).toBe(1);
    ask();
    expect(begun()).toBe(2);
  });

  it('begins one more after the one that is under way, however often it was asked for', async () => {
    const { ask, end, begun } = work();
    for (let count = 0; count < 4; count += 1) ask();
    expect(begun()).toBe(1);
    await end(0);
    expect(begun()).toBe(2);
    await end(1);
    expect(begun()).toBe(2);
  });
});
