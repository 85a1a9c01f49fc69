/** What repeated measurements come to. */
export interface Summary {
  min: number;
  median: number;
  max: number;
}

/** Summary of at least one value; the median of an even number is the mean of the middle two. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}

/**
 * Round by round: what disturbs a round disturbs both values of it, so that a ratio of neighbours is steadier than a
 * ratio of medians.
 */
export function pairwise(
  ours: readonly number[],
  baseline: readonly number[],
  compare: (ours: number, baseline: number) => number,
): Summary {
  if (ours.length !== baseline.length) throw new Error(`${ours.length} rounds against ${baseline.length}`);
  return summarize(ours.map((value, round) => compare(value, baseline[round] ?? Number.NaN)));
}

export const ratio = (ours: number, baseline: number): number => ours / baseline;
export const difference = (ours: number, baseline: number): number => ours - baseline;

/** The value that a share of all (0 to 1) does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
