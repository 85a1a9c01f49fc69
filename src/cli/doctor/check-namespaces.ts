import { isEnforcing, label, PRODUCT_NAMESPACE, readMode } from '../../api/index.ts';
import { catalogProxies, resolveMode } from '../../injection/index.ts';
import { endedTunnels, observedTargets, simulateChange } from '../../rule-changes/index.ts';
import { problemsOf } from '../status/index.ts';
import type { ClusterFacts } from './facts.ts';
import { type Finding, finding, findingOf, listNames } from './finding.ts';

/** What the controller found: the conditions of proxies, rule sets and namespaces. */
export function checkConditions(
  facts: Pick<ClusterFacts, 'proxies' | 'ruleSets' | 'clusterRuleSets' | 'served'>,
): Finding[] {
  const { proxies = [], ruleSets = [], clusterRuleSets = [], served = [] } = facts;
  const activities = served.flatMap(({ activity }) => activity ?? []);
  return [...proxies, ...ruleSets, ...clusterRuleSets, ...activities].flatMap(problemsOf).map(findingOf);
}

/** A label that is nearly a mode has no effect: the namespace is as open as if it had none. */
export function checkModes({ namespaces = [] }: Pick<ClusterFacts, 'namespaces'>): Finding[] {
  return namespaces.flatMap(({ metadata: { name, labels = {} } }) => {
    const mode = labels[label.mode];
    if (mode === undefined || readMode(mode) !== undefined) return [];
    const message = `its label ${label.mode}=${mode} is no mode and has no effect: write enforce, blocked, observe or none`;
    return [finding('ModeMisspelled', `Namespace ${name}`, message)];
  });
}

/** Namespaces that opted in to a proxy that does not exist. */
export function checkServing({
  namespaces = [],
  proxies = [],
}: Pick<ClusterFacts, 'namespaces' | 'proxies'>): Finding[] {
  const catalog = catalogProxies(proxies);
  return namespaces.flatMap((namespace) => {
    const served = resolveMode(namespace, catalog, { productNamespace: PRODUCT_NAMESPACE });
    if (served.kind === 'served' || served.reason !== 'ProxyUnknown') return [];
    const { missingProxy } = served;
    const message =
      missingProxy === undefined
        ? 'it opted in, and no EgressProxy is the default: create one, or name one in the label egress.zalando.org/proxy'
        : `its label ${label.proxy}=${missingProxy} names an EgressProxy that does not exist; write NAMESPACE.NAME of one`;
    return [finding('NoProxyServes', `Namespace ${namespace.metadata.name}`, message)];
  });
}

const POD_SECURITY = 'pod-security.kubernetes.io/enforce';

/** The namespace of a proxy whose pods need more than its Pod Security level permits. */
export function checkProxySecurity({
  namespaces = [],
  proxies = [],
}: Pick<ClusterFacts, 'namespaces' | 'proxies'>): Finding[] {
  return proxies.flatMap(({ metadata: { namespace = '', name }, spec }) => {
    const level = namespaces.find(({ metadata }) => metadata.name === namespace)?.metadata.labels?.[
      POD_SECURITY
    ];
    const needs = [
      ...(spec.closeRevoked ? ['closeRevoked (NET_ADMIN)'] : []),
      ...(spec.accessLog?.persistence?.hostPath === undefined ? [] : ['accessLog.persistence.hostPath']),
    ];
    if (level === undefined || level === 'privileged' || needs.length === 0) return [];
    const message = `its pods are refused: ${needs.join(' and ')} needs the Pod Security level privileged, and namespace ${namespace} enforces ${level}; change the label ${POD_SECURITY} or the setting`;
    return [finding('ProxyPodsForbidden', `EgressProxy ${namespace}/${name}`, message)];
  });
}

/** Milliseconds of traffic that decides whether a namespace is ready for enforce mode. */
const RECENT = 24 * 60 * 60 * 1000;

/** What a switch of a namespace from observe to enforce mode would refuse. */
export function checkEnforce({ served = [], now }: Pick<ClusterFacts, 'served' | 'now'>): Finding[] {
  return served.flatMap(({ rules, activity }) => {
    if (rules.mode !== 'observe') return [];
    const since = new Date(now - RECENT).toISOString();
    const observed = observedTargets(activity?.status?.targets ?? [], since);
    const refused = simulateChange(rules, { put: [] }, observed)
      .filter(({ outcome }) => outcome === 'newlyRefused')
      .map((each) => each.observed.target);
    if (refused.length === 0) return [];
    const message = `enforce mode would refuse what it requested in the last day: ${listNames(refused)}; see kubectl egress suggest -n ${rules.namespace}`;
    return [finding('EnforceWouldRefuse', `Namespace ${rules.namespace}`, message)];
  });
}

/**
 * Tunnels that tlsServerName: Enforce ends after a switch to enforce mode; or would end instead of Report, which is meant to find
 * them. With Ignore there is nothing to prepare for.
 */
export function checkTunnels({ served = [], now }: Pick<ClusterFacts, 'served' | 'now'>): Finding[] {
  return served.flatMap(({ rules, activity, tlsServerName }) => {
    const isFuture = rules.mode === 'observe' || tlsServerName === 'Report';
    if (tlsServerName === 'Ignore' || !isFuture) return [];
    const since = new Date(now - RECENT).toISOString();
    const ended = endedTunnels(rules, activity?.status?.targets ?? [], since);
    if (ended.length === 0) return [];
    const change = tlsServerName === 'Enforce' ? 'enforce mode' : 'tlsServerName: Enforce instead of Report';
    const names = listNames(ended.map(({ target, fault }) => `${target} (${fault})`));
    const message = `${change} would end tunnels that do not begin with TLS for their name: ${names}; see kubectl egress simulate -n ${rules.namespace}`;
    return [finding('EnforceWouldEndTunnels', `Namespace ${rules.namespace}`, message)];
  });
}

export function checkEnforcedPods({ served = [] }: Pick<ClusterFacts, 'served'>): Finding[] {
  return served.flatMap(({ rules: { namespace, mode }, pods = [] }) => {
    const names = pods.filter(({ spec }) => spec?.hostNetwork).map(({ metadata }) => metadata.name);
    if (names.length === 0 || !isEnforcing(mode)) return [];
    const message = `these pods are on the host network, where no NetworkPolicy holds them: ${listNames(names)}; delete them (the guard refuses new ones), or move them to a namespace of the operator`;
    return [finding('OnHostNetwork', `Namespace ${namespace}`, message)];
  });
}
