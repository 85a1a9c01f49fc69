/** Targets that are listed. */
const MOST = 3;
/** Letters that a typing error changes. */
const MOST_EDITS = 2;

/**
 * The targets of rules that a refused target was probably meant to match: another port, the domain above without a
 * wildcard, or a typing error.
 */
export function nearestTargets(refused: string, targets: readonly string[]): string[] {
  const host = hostOf(refused);
  const rank = (target: string): number | undefined => {
    const other = hostOf(target).replace(/^\*?\./, '');
    if (other === host) return 0;
    if (host.endsWith(`.${other}`)) return 1;
    return isWithin(host, other, MOST_EDITS) ? 2 : undefined;
  };
  return [...new Set(targets)]
    .map((target) => ({ target, rank: rank(target) }))
    .filter((each): each is { target: string; rank: number } => each.rank !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ target }) => target);
}

function hostOf(target: string): string {
  return target.slice(0, target.lastIndexOf(':'));
}

/** Whether at most `most` insertions, deletions and replacements make one text of the other (Levenshtein). */
function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const letter of a) row = nextRow(row, letter, b);
  return (row.at(-1) ?? 0) <= most;
}

function nextRow(row: readonly number[], letter: string, b: string): number[] {
  const next = [(row[0] ?? 0) + 1];
  for (const [index, other] of [...b].entries()) {
    const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
    next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
  }
  return next;
}
