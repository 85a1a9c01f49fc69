const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `90m`, `36h` or `7d`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const factor = units[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
