import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again: the API server takes a policy or a binding over up to a second after it is written, or later. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (holds()) return;
    await sleep(250);
  }
  throw new Error(`never so: ${what}`);
}
