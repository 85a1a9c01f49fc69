import { UsageError } from '../command-line/index.ts';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `90m`, `36h` or `7d`. Throws UsageError. */
export function readDuration(text: string, flag: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined)
    throw new UsageError(`${flag}: "${text}" is no duration: write 90m, 36h or 7d`);
  return Number(number) * factor;
}
