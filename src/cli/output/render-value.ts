import { stringify } from 'yaml';
import type { Invocation } from '../command-line/index.ts';

/** The flag `-o`, as kubectl has it. */
export const outputFlag = {
  name: 'output',
  short: 'o',
  value: 'FORMAT',
  choices: ['wide', 'json', 'yaml', 'name'],
  about: 'The format of the output. Default: a table.',
} as const;

/** A result in all of its formats. */
export interface Shown {
  /** For `-o json` and `-o yaml`: the fields that scripts may rely on. */
  value: unknown;
  /** For `-o name`: one line each. */
  names: readonly string[];
  /** For readers. `wide` has more columns. */
  text: (wide: boolean) => string;
}

/** Prints a result as `-o` asks for. */
export function show({ io, text }: Pick<Invocation, 'io' | 'text'>, shown: Shown): void {
  io.print(render(text('output'), shown));
}

function render(format: string | undefined, { value, names, text }: Shown): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`;
    case 'yaml':
      return stringify(value, { aliasDuplicateObjects: false });
    case 'name':
      return names.map((name) => `${name}\n`).join('');
    default:
      return text(format === 'wide');
  }
}
