import { parseArgs } from 'node:util';
import { type Command, type Flag, flagsOf, type Invocation, UsageError } from './command.ts';

/** What the arguments ask for. `words`: what follows `__complete`, which shells call. */
export type ParsedCommandLine =
  | { kind: 'help'; command: Command | undefined }
  | { kind: 'complete'; words: readonly string[] }
  | { kind: 'run'; command: Command; invocation: Omit<Invocation, 'io'> };

/** Parses the arguments after `kubectl egress`. Throws UsageError. */
export function parseCommandLine(commands: readonly Command[], argv: readonly string[]): ParsedCommandLine {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h') return { kind: 'help', command: undefined };
  if (name === '__complete') return { kind: 'complete', words: rest };
  if (name === 'help')
    return { kind: 'help', command: rest[0] === undefined ? undefined : find(commands, rest[0]) };
  const command = find(commands, name);
  const given = readArguments(command, rest);
  if (given.values.has('help')) return { kind: 'help', command };
  checkCount(command, given.args);
  return { kind: 'run', command, invocation: invocationOf(given) };
}

interface Given {
  args: string[];
  values: Map<string, string[]>;
}

function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  if (name.startsWith('-')) throw new UsageError(`${name}: flags follow the command, as in lint ${name}`);
  const alike = closest(
    name,
    commands.map((command) => command.name),
  );
  throw new UsageError(
    `there is no command "${name}"${alike === undefined ? '' : `; did you mean ${alike}?`}`,
  );
}

function readArguments(command: Command, rest: readonly string[]): Given {
  const flags = flagsOf(command);
  const options = Object.fromEntries(flags.map((flag) => [flag.name, optionOf(flag)]));
  const { tokens } = parseArgs({ args: [...rest], options, strict: false, tokens: true });
  const given: Given = { args: [], values: new Map() };
  for (const token of tokens) {
    if (token.kind === 'positional') given.args.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = flags.find(({ name }) => name === token.name);
    if (flag === undefined) throw new UsageError(unknownFlag(token.rawName, flags));
    addValue(given.values, flag, token.rawName, token.value);
  }
  return given;
}

function optionOf({ value, short, many }: Flag) {
  return {
    type: value === undefined ? ('boolean' as const) : ('string' as const),
    ...(short !== undefined && { short }),
    ...(many && { multiple: true }),
  };
}

function addValue(
  values: Map<string, string[]>,
  flag: Flag,
  written: string,
  value: string | undefined,
): void {
  const { name, many } = flag;
  if (flag.value === undefined) {
    setSwitch(values, name, written, value);
    return;
  }
  const checked = checkValue(flag, written, value);
  values.set(name, many ? [...(values.get(name) ?? []), checked] : [checked]);
}

function setSwitch(
  values: Map<string, string[]>,
  name: string,
  written: string,
  value: string | undefined,
): void {
  if (value !== undefined && value !== 'true' && value !== 'false')
    throw new UsageError(`${written} takes no value`);
  if (value === 'false') values.delete(name);
  else values.set(name, []);
}

function checkValue(
  { value: placeholder, choices }: Flag,
  written: string,
  value: string | undefined,
): string {
  if (value === undefined || value === '')
    throw new UsageError(`${written} needs a value: ${written} ${placeholder}`);
  if (choices !== undefined && !choices.includes(value))
    throw new UsageError(`${written}: "${value}" is not one of ${choices.join(', ')}`);
  return value;
}

function unknownFlag(written: string, flags: readonly Flag[]): string {
  const alike = closest(
    written.replace(/^-+/, ''),
    flags.map(({ name }) => name),
  );
  return `unknown flag ${written}${alike === undefined ? '' : `; did you mean --${alike}?`}`;
}

/** The known word that begins as the unknown one does. */
function closest(word: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => candidate.startsWith(word.slice(0, 3)) || word.startsWith(candidate));
}

function checkCount({ name, usage, args = { least: 0, most: 0 } }: Command, given: readonly string[]): void {
  const { least, most } = args;
  if (given.length < least) throw new UsageError(`an argument is missing: ${name} ${usage ?? ''}`);
  if (given.length > most)
    throw new UsageError(
      `unexpected argument "${given[most]}"${usage === undefined ? '' : `: ${name} ${usage}`}`,
    );
}

function invocationOf({ args, values }: Given): Omit<Invocation, 'io'> {
  return {
    args,
    text: (flag) => values.get(flag)?.[0],
    texts: (flag) => values.get(flag) ?? [],
    has: (flag) => values.has(flag),
  };
}
