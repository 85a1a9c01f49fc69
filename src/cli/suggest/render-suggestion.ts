import { API_VERSION, type EgressRuleSet } from '../../api/index.ts';
import type { ObservedTarget, SuggestedTarget, Suggestion } from '../../rule-changes/index.ts';
import { formatCount, formatMinute } from '../output/index.ts';

/** The rule set of a suggestion; undefined if it would have no target. */
export function suggestedRuleSet(
  { targets, targetGroups }: Suggestion,
  { namespace, name }: { namespace: string; name: string },
): EgressRuleSet | undefined {
  if (targets.length + targetGroups.length === 0) return undefined;
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { name, namespace },
    spec: {
      ...(targetGroups.length > 0 && { targetGroups: targetGroups.map((group) => group.name) }),
      targets: targets.map(({ target }) => target),
    },
  };
}

/** The rule set as YAML, with what was observed of each target as a comment. */
export function renderSuggestion(
  suggestion: Suggestion,
  { namespace, name }: { namespace: string; name: string },
): string {
  const lines = suggestion.targets.map(
    (target) => `  - ${JSON.stringify(target.target)} # ${describe(target)}`,
  );
  const groups = suggestion.targetGroups.map((group) => `  - ${group.name} # ${describe(group)}`);
  return [
    `apiVersion: ${API_VERSION}`,
    'kind: EgressRuleSet',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    'spec:',
    ...(groups.length === 0 ? [] : ['  targetGroups:', ...groups]),
    lines.length === 0 ? '  targets: []' : '  targets:',
    ...lines,
    '',
  ].join('\n');
}

/** What the suggestion adds to the rule set and removes from it, one line each. */
export function renderDifference({ targets, targetGroups, removed }: Suggestion): string {
  const added = targets.filter(({ present }) => !present);
  const groups = targetGroups.filter(({ present }) => !present);
  return [
    ...groups.map((group) => `+ target group ${group.name} # ${describe(group)}\n`),
    ...removed.map((target) => `- ${target}\n`),
    ...added.map((target) => `+ ${target.target} # ${describe(target)}\n`),
  ].join('');
}

function describe({ observed, present }: Pick<SuggestedTarget, 'observed' | 'present'>): string {
  if (observed.length === 0) return present ? 'not seen; --prune removes it if it is unused' : '';
  const count = observed.reduce((sum, each) => sum + each.count, 0);
  const last =
    observed
      .map(({ lastSeen }) => lastSeen)
      .sort()
      .at(-1) ?? '';
  const owners = [...new Set(observed.flatMap((each) => each.owners))];
  const names = observed.length > 1 ? [`${observed.length} names: ${listNames(observed)}`] : [];
  const requests = `${formatCount(count, 'request')}, last ${formatMinute(last)}`;
  return [requests, ...names, ...(owners.length > 0 ? [owners.join(' ')] : [])].join('; ');
}

/** Names that a comment lists. */
const SHOWN = 5;

function listNames(observed: readonly ObservedTarget[]): string {
  const names = observed.map(({ target }) => target.slice(0, target.lastIndexOf(':')));
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(' ')} and ${more} more` : names.join(' ');
}

/** Notes about what the suggestion does not have, one line each. */
export function noteLeftOut({ leftOut, allowedElsewhere }: Suggestion, dropped: number): string[] {
  const notes = leftOut.map(
    ({ observed: { target, count }, reason }) =>
      `left out: ${target} (${formatCount(count, 'request')}): ${whyLeftOut[reason] ?? `no rule can allow it (${reason})`}`,
  );
  if (allowedElsewhere > 0) notes.push(`${allowedElsewhere} observed targets are allowed by other rules`);
  if (dropped > 0)
    notes.push(
      `${dropped} requests went to targets that are no longer listed: the EgressActivity has the last 500`,
    );
  return notes;
}

const whyLeftOut: Readonly<Record<string, string>> = {
  Refused: 'it was refused; --include-refused suggests it',
  NotATarget: 'it is no host and port that a rule can name',
};
