/** What is known of the generations by which one replica decides. */
export type Answer =
  | { kind: 'unasked' }
  | { kind: 'answered'; generations: ReadonlyMap<string, number> }
  | { kind: 'failed'; message: string };

/** How one ready replica stands to one object. `behind` includes that it does not know the object. */
export type Standing = 'current' | 'behind' | 'unknown' | 'unreachable';

export function standing(answer: Answer, object: { uid: string; generation: number }): Standing {
  switch (answer.kind) {
    case 'unasked':
      return 'unknown';
    case 'failed':
      return 'unreachable';
    case 'answered':
      return (answer.generations.get(object.uid) ?? 0) >= object.generation ? 'current' : 'behind';
  }
}

/** The body of `GET /v1/generations`: `{generations: {<uid>: <generation>}}`. Throws a TypeError for anything else. */
export function parseGenerations(body: unknown): ReadonlyMap<string, number> {
  const generations = (body as { generations?: unknown } | null)?.generations;
  if (typeof generations !== 'object' || generations === null) {
    throw new TypeError('the agent answered something else than {"generations": {...}}');
  }
  return new Map(
    Object.entries(generations).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

export function sameAnswer(a: Answer, b: Answer): boolean {
  if (a.kind === 'failed' && b.kind === 'failed') return a.message === b.message;
  if (a.kind !== 'answered' || b.kind !== 'answered') return a.kind === b.kind;
  if (a.generations.size !== b.generations.size) return false;
  return [...a.generations].every(([uid, generation]) => b.generations.get(uid) === generation);
}
