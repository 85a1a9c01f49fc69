import type { EgressRuleSet } from '../../api/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { changeRules, type NamespaceRules } from '../../rule-changes/index.ts';
import { parseTarget } from '../../rules/index.ts';
import { type CheckedTarget, checkTargets, readTarget } from '../check/index.ts';
import { gatherRules } from '../cluster/index.ts';
import type { Io } from '../io.ts';
import { noteGaps } from './note-gaps.ts';

/** Says which targets of a rule set would still be refused. Resolves with whether there are any. */
export async function noteRefused(ruleSet: EgressRuleSet, client: KubeClient, io: Io): Promise<boolean> {
  const { rules, gaps } = await gatherRules(client, ruleSet.metadata.namespace ?? '', io.now());
  noteGaps(io, gaps);
  const refused = stillRefused(rules, ruleSet);
  for (const { target, reason, advice = '' } of refused)
    io.note(`error: ${target} would still be refused (${reason}): ${advice}\n`);
  return refused.length > 0;
}

/** The targets that are refused although the rule set exists. A pattern or a range is no destination that could be checked. */
function stillRefused(rules: NamespaceRules, ruleSet: EgressRuleSet): CheckedTarget[] {
  const isDestination = (text: string) => {
    const parsed = parseTarget(text);
    return parsed.ok && parsed.target.kind === 'exact';
  };
  const targets = ruleSet.spec.targets.filter(isDestination).map(readTarget);
  return checkTargets(changeRules(rules, { put: [ruleSet] }), targets).filter(
    ({ verdict }) => verdict === 'deny',
  );
}
