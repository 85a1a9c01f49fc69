import { parseArgs } from 'node:util';
import { envOf, type Option, type OptionTable, type Settings } from './option.ts';

/** Each fault is one line that says what is wrong and what is expected. */
export type Parsed<Table extends OptionTable> =
  | { outcome: 'settings'; settings: Settings<Table> }
  | { outcome: 'help' }
  | { outcome: 'faults'; faults: string[] };

type Environment = Readonly<Record<string, string | undefined>>;
type Given = { source: string; text: string } | undefined;

/** A flag takes precedence over the environment, which takes precedence over the default. An empty variable is not set. */
export function parseOptions<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
  env: Environment,
): Parsed<Table> {
  const { help, flags, faults } = readFlags(table, argv);
  if (help) return { outcome: 'help' };
  const read = Object.entries(table).map(([name, option]) => ({
    name,
    ...settle(option, given(option, flags, env)),
  }));
  for (const { fault } of read) if (fault !== undefined) faults.push(fault);
  if (faults.length > 0) return { outcome: 'faults', faults };
  const settings = Object.fromEntries(read.map(({ name, value }) => [name, value]));
  return { outcome: 'settings', settings: settings as Settings<Table> };
}

interface Flags {
  help: boolean;
  flags: Map<string, string | undefined>;
  faults: string[];
}

function readFlags(table: OptionTable, argv: readonly string[]): Flags {
  const known = Object.values(table).map(({ flag }) => flag);
  const options = Object.fromEntries(
    Object.values(table).map(({ flag, isSwitch }) => [
      flag,
      { type: isSwitch ? 'boolean' : 'string' } as const,
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  const read: Flags = { help: false, flags: new Map(), faults: [] };
  for (const token of tokens) {
    if (token.kind === 'positional') read.faults.push(`${JSON.stringify(token.value)}: expected flags only`);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') read.help = true;
    else if (known.includes(token.name)) read.flags.set(token.name, token.value);
    else read.faults.push(`${token.rawName}: unknown flag${suggest(token.name, known)}`);
  }
  return read;
}

function given(
  option: Option<unknown>,
  flags: ReadonlyMap<string, string | undefined>,
  env: Environment,
): Given {
  const name = envOf(option);
  if (flags.has(option.flag)) return { source: `--${option.flag}`, text: flags.get(option.flag) ?? '' };
  return env[name] ? { source: name, text: env[name] } : undefined;
}

function settle(option: Option<unknown>, found: Given): { value?: unknown; fault?: string } {
  if (found === undefined) {
    if (option.default !== undefined || option.optional) return { value: option.default };
    return { fault: `--${option.flag} (or ${envOf(option)}) is missing: expected ${option.expected}` };
  }
  const value = option.parse(found.text);
  if (value !== undefined) return { value };
  return { fault: `${found.source}: ${JSON.stringify(found.text)} is not ${option.expected}` };
}

/** Suggests the known flag that shares its beginning or its end with an unknown one. */
function suggest(name: string, flags: readonly string[]): string {
  const alike = flags.find((known) => known.startsWith(name.slice(0, 4)) || known.endsWith(name));
  return alike === undefined ? '; --help lists the flags' : `; did you mean --${alike}?`;
}

/** The text of `--help`. */
export function renderHelp(component: string, about: string, table: OptionTable): string {
  const rows = Object.values(table).map((option) => {
    const fallback = option.default === undefined ? '' : ` (default ${JSON.stringify(option.default)})`;
    const must = option.default === undefined && !option.optional ? ' (required)' : '';
    return `  --${option.flag} <${option.expected}>${must}\n      ${option.about}${fallback} [${envOf(option)}]`;
  });
  return [`Usage: kube-egress ${component} [flags]`, '', about, '', ...rows, ''].join('\n');
}
