/** What a client printed for one request. */
export type Outcome = { kind: 'answered'; status: number } | { kind: 'failed'; text: string };

/** Replies that only an HTTP/2 or HTTP/1.1 server that was reached gives to a gRPC call of a method that it has not. */
const REACHED =
  /UNIMPLEMENTED|Unimplemented|content-type|Received HTTP status code (200|404)|HTTP status code 200/;
const REFUSED_IN_TEXT = /\b(40[37])\b/;

/** Reads the line that a client of the matrix prints: `STATUS code`, or the error as its user sees it. */
export function readOutcome(printed: string): Outcome {
  const text = printed.trim().split('\n').at(-1)?.trim() ?? '';
  const status = /^STATUS (\d{3})$/.exec(text)?.[1];
  if (status !== undefined) return { kind: 'answered', status: Number(status) };
  if (REACHED.test(text) && !REFUSED_IN_TEXT.test(text)) return { kind: 'answered', status: 200 };
  return { kind: 'failed', text };
}

/** Whether the outcome is what the column expects of a client that works. */
export function isExpected(outcome: Outcome, expected: 'answered' | 'refused'): boolean {
  if (expected === 'answered') return outcome.kind === 'answered' && outcome.status < 400;
  return outcome.kind === 'answered' ? outcome.status === 403 : /403|[Ff]orbidden/.test(outcome.text);
}
