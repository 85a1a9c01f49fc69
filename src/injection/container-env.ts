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
  const { names: known, entries } = flatten(variables);
  const theirs = env ?? [];
  const set = theirs.filter(({ name }) => known.has(name));
  if (set.length > 0) return addBeside(env, set, variables);
  return entries.length === 0 ? env : [...entries, ...theirs];
}

interface Flat {
  names: ReadonlySet<string>;
  entries: readonly EnvVar[];
}

const flattened = new WeakMap<readonly Variable[], Flat>();

/** Remembered, since all pods of a namespace get the same variables. */
function flatten(variables: readonly Variable[]): Flat {
  const before = flattened.get(variables);
  if (before !== undefined) return before;
  const entries = variables.flat();
  const flat = { names: new Set(entries.map(({ name }) => name)), entries };
  flattened.set(variables, flat);
  return flat;
}

/** `set`: those of the user's entries that have a name of ours. */
function addBeside(
  env: EnvVar[] | undefined,
  set: readonly EnvVar[],
  variables: readonly Variable[],
): EnvVar[] | undefined {
  const ours: EnvVar[] = [];
  const twins = new Map<EnvVar, EnvVar[]>();
  for (const variable of variables) {
    const names = variable.map(({ name }) => name);
    const counting = lastEntry(set, names);
    if (counting === undefined) ours.push(...variable);
    else {
      const missing = twinsOf(counting, names, set);
      if (missing.length > 0) twins.set(counting, missing);
    }
  }
  if (ours.length === 0 && twins.size === 0) return env;
  return [...ours, ...(env ?? []).flatMap((entry) => [entry, ...(twins.get(entry) ?? [])])];
}

/** The entry that counts: of several with one name Kubernetes takes the last. */
export function lastEntry(env: readonly EnvVar[] | undefined, names: readonly string[]): EnvVar | undefined {
  return env?.findLast(({ name }) => names.includes(name));
}

function twinsOf(set: EnvVar, names: readonly string[], env: readonly EnvVar[] | undefined): EnvVar[] {
  return names.filter((name) => lastEntry(env, [name]) === undefined).map((name) => ({ ...set, name }));
}
