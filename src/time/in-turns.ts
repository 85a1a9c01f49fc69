import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work in one turn of the event loop. */
const TURN = 10;

/** Makes the steps of an iterator over several turns of the event loop, of `turnMs` each, so that other work is done in between. */
export async function inTurns(
  steps: Iterator<unknown>,
  { turnMs = TURN, now = () => performance.now() }: { turnMs?: number; now?: () => number } = {},
): Promise<void> {
  let begun = now();
  while (!steps.next().done) {
    if (now() - begun < turnMs) continue;
    await nextTurn();
    begun = now();
  }
}
