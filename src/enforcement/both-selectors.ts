import type { LabelSelector } from '../api/index.ts';

/** The pods that both selectors match. An absent one matches every pod. */
export function bothSelectors(
  a: LabelSelector | undefined,
  b: LabelSelector | undefined,
): LabelSelector | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const matchExpressions = [a, b].flatMap((selector) => [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => {
      return { key, operator: 'In' as const, values: [value] };
    }),
    ...(selector.matchExpressions ?? []),
  ]);
  return matchExpressions.length === 0 ? {} : { matchExpressions };
}
