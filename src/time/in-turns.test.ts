import { expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

it('makes every step, and lets other work be done after each 10 ms', async () => {
  let elapsed = 0;
  const done: string[] = [];
  function* steps() {
    for (let step = 1; step <= 5; step += 1) {
      elapsed += 5;
      done.push(`step ${step}`);
      setImmediate(() => done.push('other work'));
      yield;
    }
  }
  await inTurns(steps(), { now: () => elapsed });
  expect(done.filter((each) => each !== 'other work')).toHaveLength(5);
  expect(done.slice(0, 3)).toEqual(['step 1', 'step 2', 'other work']);
});
