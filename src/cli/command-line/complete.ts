import { type Command, type Flag, flagsOf } from './command.ts';

/** Cobra's directive "no file names", which kubectl passes to the shell. */
const NO_FILES = ':4';
/** Cobra's directive "file names, if there is no candidate". */
const FILES = ':0';

/**
 * Candidates for the last of the words, which may be empty, in the form that kubectl expects of a plugin's
 * `kubectl_complete-egress`: one a line, then a directive.
 */
export function complete(commands: readonly Command[], words: readonly string[]): string {
  const [name = '', ...rest] = words;
  if (rest.length === 0)
    return answer(
      commands.map((command) => command.name),
      name,
    );
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) return answer([], '');
  const flags = flagsOf(command);
  const last = rest.at(-1) ?? '';
  const before = flagOf(flags, rest.at(-2) ?? '');
  if (before?.value !== undefined)
    return answer(before.choices ?? [], last, before.value === 'FILE' ? FILES : NO_FILES);
  return last.startsWith('-')
    ? answer(
        flags.map((flag) => `--${flag.name}`),
        last,
      )
    : answer([], last, FILES);
}

function flagOf(flags: readonly Flag[], word: string): Flag | undefined {
  return flags.find(
    ({ name, short }) => word === `--${name}` || (short !== undefined && word === `-${short}`),
  );
}

function answer(candidates: readonly string[], begun: string, directive = NO_FILES): string {
  return [...candidates.filter((candidate) => candidate.startsWith(begun)), directive, ''].join('\n');
}

/** The script that kubectl calls for completions, to be saved on the PATH as `kubectl_complete-egress`. */
export const completionScript =
  '#!/bin/sh\n# Completions of kubectl egress: kubectl calls this script.\nexec kubectl egress __complete "$@"\n';
