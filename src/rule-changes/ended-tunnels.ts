import { type ActivityTarget, type GateFault, gateFaults } from '../api/index.ts';
import { beginsWithTls, buildSettings } from '../rules/index.ts';
import { evaluatorOf, type NamespaceRules, splitHostPort } from './namespace-rules.ts';
import { mergeOutcomes, type ObservedTarget } from './observed-target.ts';

/** Tunnels to one target that did not begin with TLS for its name. */
export interface EndedTunnels extends ObservedTarget {
  fault: GateFault;
}

/**
 * The tunnels that `tlsServerName: Enforce` would end if they were opened again: the rules and the EgressProxy of now
 * count, so that a target that was added to `tcpTargets` is left out. `since`: RFC 3339.
 */
export function endedTunnels(
  rules: NamespaceRules,
  targets: readonly ActivityTarget[],
  since = '',
): EndedTunnels[] {
  const covered = coveredTargets(rules, targets, since);
  return gateFaults.flatMap((fault) =>
    mergeOutcomes(covered.filter(({ reason }) => reason === fault)).map((observed) => ({
      ...observed,
      fault,
    })),
  );
}

/**
 * The targets of which it is not known whether their tunnels would be ended: they were requested only before a rule allowed
 * them, when that was the reason of their records.
 */
export function uncheckedTunnels(
  rules: NamespaceRules,
  targets: readonly ActivityTarget[],
  since = '',
): ObservedTarget[] {
  const covered = coveredTargets(rules, targets, since);
  const isWithoutRule = ({ reason }: ActivityTarget) => reason === 'NoMatchingRule';
  const compared = new Set(covered.filter((one) => !isWithoutRule(one)).map(({ target }) => target));
  return mergeOutcomes(covered.filter(({ target }) => !compared.has(target)));
}

/** What was requested of targets that the rules allow and whose server names are compared. */
function coveredTargets(
  rules: NamespaceRules,
  targets: readonly ActivityTarget[],
  since: string,
): ActivityTarget[] {
  if (rules.proxy === undefined) return [];
  const settings = buildSettings(rules.proxy, []);
  const evaluate = evaluatorOf(rules);
  return targets.filter(({ target, lastSeen }) => {
    const request = splitHostPort(target);
    if (request === undefined || lastSeen < since) return false;
    const { verdict, destination } = evaluate(request);
    return verdict === 'allow' && destination?.kind === 'name' && beginsWithTls(destination, settings);
  });
}
