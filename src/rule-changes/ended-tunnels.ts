import { type ActivityTarget, type GateFault, gateFaults } from '../api/index.ts';
import { beginsWithTls, buildSettings } from '../rules/index.ts';
import { evaluatorOf, type NamespaceRules, splitHostPort } from './namespace-rules.ts';
import { mergeOutcomes, type ObservedTarget } from './observed-target.ts';

/** Tunnels to one target that did not begin with TLS for its name. */
export interface EndedTunnels extends ObservedTarget {
  fault: GateFault;
  /** Whether a rule allows the target. If not, its tunnels are ended once one does. */
  allowed: boolean;
}

/**
 * The tunnels that `tlsServerName: Enforce` would end if they were opened again. These rules and their EgressProxy count, so
 * that a target that was added to `tcpTargets` is left out, and one that no rule can allow. `since`: RFC 3339.
 */
export function endedTunnels(
  rules: NamespaceRules,
  targets: readonly ActivityTarget[],
  since = '',
): EndedTunnels[] {
  const covered = coveredTargets(rules, targets, since);
  return gateFaults.flatMap((fault) =>
    mergeOutcomes(covered.filter(({ tlsFault }) => tlsFault === fault)).map((observed) => ({
      ...observed,
      fault,
      allowed: covered.some(({ target, allowed }) => allowed && target === observed.target),
    })),
  );
}

/**
 * The allowed targets of which it is not known whether their tunnels would be ended: every request of them was refused before
 * it was a tunnel, such as in enforce mode before a rule allowed them.
 */
export function uncheckedTunnels(
  rules: NamespaceRules,
  targets: readonly ActivityTarget[],
  since = '',
): ObservedTarget[] {
  const covered = coveredTargets(rules, targets, since).filter(({ allowed }) => allowed);
  const isCompared = ({ verdict, tlsFault }: ActivityTarget) => verdict === 'allow' || tlsFault !== undefined;
  const compared = new Set(covered.filter(isCompared).map(({ target }) => target));
  return mergeOutcomes(covered.filter(({ target }) => !compared.has(target)));
}

type CoveredTarget = ActivityTarget & Pick<EndedTunnels, 'allowed'>;

/** What was requested of targets that a rule allows or could allow, and whose server names are compared. */
function coveredTargets(
  rules: NamespaceRules,
  targets: readonly ActivityTarget[],
  since: string,
): CoveredTarget[] {
  if (rules.proxy === undefined) return [];
  const settings = buildSettings(rules.proxy, []);
  const evaluate = evaluatorOf(rules);
  return targets.flatMap((each) => {
    const request = splitHostPort(each.target);
    if (request === undefined || each.lastSeen < since) return [];
    const { verdict, reason, destination } = evaluate(request);
    const allowed = verdict === 'allow';
    if (!allowed && reason !== 'NoMatchingRule') return [];
    if (destination?.kind !== 'name' || !beginsWithTls(destination, settings)) return [];
    return [{ ...each, allowed }];
  });
}
