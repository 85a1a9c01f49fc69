/** What a client printed for one request. */
export type Outcome = { kind: 'answered'; status: number } | { kind: 'failed'; text: string };

/** Reads the line that a client of the matrix prints: `STATUS code`, or the error as its user sees it. */
export function readOutcome(printed: string): Outcome {
  const text = printed.trim().split('\n').at(-1)?.trim() ?? '';
  const status = /^STATUS (\d{3})$/.exec(text)?.[1];
  if (status !== undefined) return { kind: 'answered', status: Number(status) };
  return { kind: 'failed', text };
}

/** Whether the outcome is what the column expects of a client that works. */
export function isExpected(outcome: Outcome, expected: 'answered' | 'refused'): boolean {
  if (expected === 'answered') return outcome.kind === 'answered' && outcome.status < 400;
  return outcome.kind === 'answered' ? outcome.status === 403 : /403|[Ff]orbidden/.test(outcome.text);
}
