import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer suits, and returns it; an error counts as an answer that does not suit. By default any answer
 * but undefined and false suits. Throws after `limitMs` with the last answer or error.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  suits: (answer: T) => boolean = (answer) => answer !== undefined && answer !== false,
  { limitMs = 50_000, intervalMs = 50 } = {},
): Promise<T> {
  let answer: T | undefined;
  let cause: unknown;
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(intervalMs)) {
    try {
      answer = await ask();
      cause = undefined;
      if (suits(answer)) return answer;
    } catch (error) {
      cause = error;
    }
  }
  const last = JSON.stringify(answer)?.slice(0, 4_000);
  throw new Error(`not within ${limitMs} ms: ${what}; the last answer was ${last}`, { cause });
}
