import type { Io } from '../io.ts';

const codes = { red: 31, green: 32, yellow: 33, bold: 1 } as const;

/** The text in a colour, if the output may have colours. */
export function paint({ colors }: Pick<Io, 'colors'>, color: keyof typeof codes, text: string): string {
  return colors ? `\x1b[${codes[color]}m${text}\x1b[0m` : text;
}

/** What begins a terminal's screen again; nothing elsewhere. */
export function clearScreen({ colors }: Pick<Io, 'colors'>): string {
  return colors ? '\x1b[H\x1b[J' : '';
}
