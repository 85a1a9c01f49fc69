import type { EnvVar } from './pod.ts';

/** One injected variable: an entry for each spelling that clients read. */
export type Variable = readonly EnvVar[];

/**
 * A container's env with the missing ones of `variables`. What the user set is left unchanged; where only one of two
 * spellings is set, the other is added directly after it with the same value or source. Our entries come first, so
 * that `$(HTTP_PROXY)` in the user's entries resolves. Returns the same list when nothing is missing.
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

/** Cached: all pods of a namespace get the same variables. */
function flatten(variables: readonly Variable[]): Flat {
  const before = flattened.get(variables);
  if (before !== undefined) return before;
  const entries = variables.flat();
  const flat = { names: new Set(entries.map(({ name }) => name)), entries };
  flattened.set(variables, flat);
  return flat;
}

/** `set`: the user's entries that have one of our names. */
function addBeside(
  env: EnvVar[] | undefined,
  set: readonly EnvVar[],
  variables: readonly Variable[],
): EnvVar[] | undefined {
  const ours: EnvVar[] = [];
  const twins = new Map<EnvVar, EnvVar[]>();
  for (const variable of variables) {
    const names = variable.map(({ name }) => name);
    const effective = lastEntry(set, names);
    if (effective === undefined) ours.push(...variable);
    else {
      const missing = twinsOf(effective, names, set);
      if (missing.length > 0) twins.set(effective, missing);
    }
  }
  if (ours.length === 0 && twins.size === 0) return env;
  return [...ours, ...(env ?? []).flatMap((entry) => [entry, ...(twins.get(entry) ?? [])])];
}

/** The effective entry: Kubernetes uses the last of several with the same name. */
export function lastEntry(env: readonly EnvVar[] | undefined, names: readonly string[]): EnvVar | undefined {
  return env?.findLast(({ name }) => names.includes(name));
}

function twinsOf(set: EnvVar, names: readonly string[], env: readonly EnvVar[] | undefined): EnvVar[] {
  return names.filter((name) => lastEntry(env, [name]) === undefined).map((name) => ({ ...set, name }));
}
