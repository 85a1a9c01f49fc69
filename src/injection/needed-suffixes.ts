import type { ClusterEgressRuleSet, EgressProxy } from '../api/index.ts';
import { type Labels, matchesSelector, parseTarget } from '../rules/index.ts';

/** Represents every top-level domain: the suffix of a target such as `*:443`. */
export const ANY_SUFFIX = '*';

/**
 * The top-level domains below which a rule set's targets are, sorted: `api.example.com:443` gives `com`, `*:443` gives
 * `*`. An address has none, and neither has a name without a dot, which is not a name of the Internet.
 */
export function suffixesOf(targets: readonly string[] = []): readonly string[] {
  let suffixes = found.get(targets);
  if (suffixes === undefined) {
    suffixes = findSuffixes(targets);
    found.set(targets, suffixes);
  }
  return suffixes;
}

/** By the targets of a stored rule set, which are not modified: several namespaces ask for those of the cluster's. */
const found = new WeakMap<readonly string[], readonly string[]>();

function findSuffixes(targets: readonly string[]): string[] {
  const suffixes = new Set<string>();
  for (const text of targets) {
    const suffix = suffixOf(text);
    if (suffix !== undefined) suffixes.add(suffix);
  }
  return [...suffixes].sort();
}

function suffixOf(text: string): string | undefined {
  const parsed = parseTarget(text);
  if (!parsed.ok || parsed.target.kind === 'range') return undefined;
  if (parsed.target.kind === 'any') return ANY_SUFFIX;
  const { kind, name } = parsed.target;
  const dot = name.lastIndexOf('.');
  return kind === 'exact' && dot < 0 ? undefined : name.slice(dot + 1);
}

/** What of a rule set tells the top-level domains of what it grants. */
export interface RuleSetSuffixes {
  /** `suffixesOf` its own targets. */
  suffixes: readonly string[];
  /** Names of the EgressTargetGroups that it refers to. */
  targetGroups: readonly string[];
}

export interface SuffixSources {
  /** Each EgressRuleSet that grants to the namespace. */
  ruleSets: Iterable<RuleSetSuffixes>;
  /** All of the cluster: those that do not grant to the namespace add nothing. */
  clusterRuleSets: Iterable<ClusterEgressRuleSet>;
  /** `suffixesOf` the targets of a group. */
  suffixesOfGroup: (name: string) => readonly string[];
  namespaceLabels: Labels;
  proxy: EgressProxy;
}

/** The top-level domains below which the rules of a namespace, and the upstreams of its proxy, have targets. */
export function neededSuffixes(sources: SuffixSources): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (suffixes: readonly string[]) => {
    for (const suffix of suffixes) needed.add(suffix);
  };
  const addGroups = (names: readonly string[] = []) => {
    for (const name of new Set(names)) add(sources.suffixesOfGroup(name));
  };
  for (const { suffixes, targetGroups } of sources.ruleSets) {
    add(suffixes);
    addGroups(targetGroups);
  }
  for (const { spec } of sources.clusterRuleSets) {
    const applies = grantsToPods(spec) && matchesSelector(spec.namespaceSelector, sources.namespaceLabels);
    if (!applies) continue;
    add(suffixesOf(spec.targets));
    addGroups(spec.targetGroups);
  }
  for (const { targets } of sources.proxy.spec.upstreams ?? []) add(suffixesOf(targets));
  return needed;
}

function grantsToPods({ action, clientCIDRs }: ClusterEgressRuleSet['spec']): boolean {
  return action !== 'Deny' && clientCIDRs === undefined;
}
