import type { EnvVar } from './pod.ts';

/** One variable that the injection provides: an entry for each spelling that clients look for. */
export type Variable = readonly EnvVar[];

/**
 * A container's env with what it lacks of `variables`. What the user set stays as it is; where only one of two
 * spellings is set, the other follows directly behind with the same value or source. Our own entries stand first,
 * so that `$(HTTP_PROXY)` in the user's entries resolves. The same list comes back when nothing is missing.
 */
export function addVariables(
  env: EnvVar[] | undefined,
  variables: readonly Variable[],
): EnvVar[] | undefined {
  const ours: EnvVar[] = [];
  const twins = new Map<EnvVar, EnvVar[]>();
  for (const variable of variables) {
    const names = variable.map(({ name }) => name);
    const set = lastEntry(env, names);
    if (set === undefined) {
      ours.push(...variable);
      continue;
    }
    const missing = twinsOf(set, names, env);
    if (missing.length > 0) twins.set(set, missing);
  }
  if (ours.length === 0 && twins.size === 0) return env;
  const theirs = env ?? [];
  return twins.size === 0
    ? [...ours, ...theirs]
    : [...ours, ...theirs.flatMap((entry) => [entry, ...(twins.get(entry) ?? [])])];
}

/** The entry that counts: of several with one name Kubernetes takes the last. */
export function lastEntry(env: readonly EnvVar[] | undefined, names: readonly string[]): EnvVar | undefined {
  return env?.findLast(({ name }) => names.includes(name));
}

function twinsOf(set: EnvVar, names: readonly string[], env: readonly EnvVar[] | undefined): EnvVar[] {
  return names.filter((name) => lastEntry(env, [name]) === undefined).map((name) => ({ ...set, name }));
}
