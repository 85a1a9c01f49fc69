import type { ActivityCounts, ActivityWatermark } from '../api/index.ts';

/** As the status has it, with the counts as numbers. */
export type Watermark = Omit<ActivityWatermark, 'counts'> & { counts: readonly number[] };

/** By instance. What cannot be read counts as nothing. */
export function readWatermarks({ watermarks = [] }: ActivityCounts): Map<string, Watermark> {
  return new Map(
    watermarks.map((mark) => [mark.instance, { ...mark, counts: mark.counts.split(' ').map(numberOf) }]),
  );
}

/** One text, so that `kubectl describe` shows it as one line. */
export function markOf(mark: Watermark, counts: readonly number[]): ActivityWatermark {
  const { pod, instance, requests, denied } = mark;
  return { pod, instance, requests, denied, counts: counts.join(' ').replace(/( 0)+$/, '') };
}

function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
