import type { RequestLimits } from '../../api/index.ts';

/** The smaller value of each limit: what two settings allow together. */
export function narrowLimits(one: RequestLimits, other: RequestLimits): RequestLimits {
  const fields = ['connections', 'requestsPerSecond', 'requestBurst'] as const;
  const narrowed: RequestLimits = {};
  for (const field of fields) {
    const values = [one[field], other[field]].filter((value) => value !== undefined);
    if (values.length > 0) narrowed[field] = Math.min(...values);
  }
  return narrowed;
}
