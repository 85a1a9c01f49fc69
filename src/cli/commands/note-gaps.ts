import type { Io } from '../io.ts';

/** Says on stderr what an answer does not take into account. */
export function noteGaps({ note }: Pick<Io, 'note'>, gaps: readonly string[]): void {
  for (const gap of gaps) note(`note: ${gap}\n`);
}
