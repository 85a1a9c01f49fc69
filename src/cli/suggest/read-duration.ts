import { parseDuration } from '../../rules/index.ts';
import { UsageError } from '../command-line/index.ts';

/** Milliseconds of a duration such as `90m`, `36h` or `7d`. Throws UsageError. */
export function readDuration(text: string, flag: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw new UsageError(`${flag}: "${text}" is no duration: write 90m, 36h or 7d`);
  return duration;
}
