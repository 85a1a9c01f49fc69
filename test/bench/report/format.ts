import type { Summary } from '../figures/summary.ts';

/** Three digits that count, and thousands apart: 8,512 or 0.214. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const [whole = '', part] = value.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** The median, with least and greatest behind it. */
export function spread({ min, median, max }: Summary): string {
  return `${figure(median)} (${figure(min)} to ${figure(max)})`;
}
