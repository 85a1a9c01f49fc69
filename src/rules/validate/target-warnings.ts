import type { EgressProxySpec } from '../../api/index.ts';
import { addressFromValue, classifyAddress, isOpened, readableRanges } from '../address/index.ts';
import {
  type ClusterNames,
  inClusterName,
  isWildcard,
  patternSuffix,
  sharedBelow,
  type Target,
} from '../target/index.ts';
import type { IndexedTarget } from './read-targets.ts';

/** Warnings about valid targets with surprising effects. The API server cuts a warning at 256 characters. */
export function warnTargets(
  indexed: IndexedTarget,
  proxies: readonly EgressProxySpec[],
  cluster: ClusterNames | undefined,
): string[] {
  const { target, text, index } = indexed;
  const where = () => `spec.targets[${index}]: "${text}"`;
  const warnings: string[] = [];
  if (isWildcard(target))
    warnings.push(
      `${where()} allows every public destination on port ${target.port}; name the hosts if you can`,
    );
  const shared = warnShared(target);
  if (shared !== undefined) warnings.push(`${where()} ${shared}`);
  const inside = resolvedByParent(proxies) ? undefined : warnInCluster(target, cluster);
  if (inside !== undefined) warnings.push(`${where()} ${inside}`);
  if (target.kind === 'range' && isClosed(indexed, proxies))
    warnings.push(
      `${where()} is not public; it is reachable only if the EgressProxy lists it in privateCIDRs`,
    );
  if (proxies.some(({ allowedPorts = [] }) => allowedPorts.length > 0 && !allowedPorts.includes(target.port)))
    warnings.push(`${where()}: the EgressProxy does not allow port ${target.port} (allowedPorts)`);
  return warnings;
}

/** A wildcard over names of several owners: a pod could send data to any of them. */
function warnShared(target: Target): string | undefined {
  const below = nameBelow(target);
  if (below === undefined) return undefined;
  if (!below.includes('.') && target.kind !== 'pattern')
    return 'allows a whole top-level domain; name the hosts if you can';
  const shared = below.includes('.') ? sharedBelow(below) : below;
  if (shared === undefined) return undefined;
  return `reaches names of strangers: anyone can get one below ${shared}; name the hosts if you can`;
}

/** The name below which a target allows names that it does not write out. */
function nameBelow(target: Target): string | undefined {
  if (target.kind === 'pattern') return patternSuffix(target.name);
  return target.kind === 'subdomains' || target.kind === 'domain' ? target.name : undefined;
}

/** A parent proxy may resolve any name, such as one without a dot. */
function resolvedByParent(proxies: readonly EgressProxySpec[]): boolean {
  return proxies.some(({ upstreams = [] }) => upstreams.length > 0);
}

/** A target that can never work, or that may be meant for a Service, with what to do instead. */
function warnInCluster(target: Target, cluster: ClusterNames | undefined): string | undefined {
  if (target.kind === 'any' || target.kind === 'range') return undefined;
  const below = nameBelow(target);
  const name = below === undefined ? target.name : `x.${below}`;
  if (name === 'localhost' || name.endsWith('.localhost'))
    return 'allows nothing: the proxy never connects to loopback; remove it';
  const inside = inClusterName(name, cluster ?? { hasNamespace: () => false, clusterDomain: undefined });
  switch (inside?.kind) {
    case undefined:
    // Names of private networks look the same, and do need a rule.
    case 'service-pod':
      return undefined;
    case 'namespace':
      return `is for a public name only; a Service of namespace ${inside.namespace} needs no rule: pods reach it directly by NO_PROXY`;
    default:
      return 'allows nothing: names inside the cluster need no rule, since pods reach them directly by NO_PROXY; remove it';
  }
}

function isClosed({ target }: IndexedTarget, proxies: readonly EgressProxySpec[]): boolean {
  if (target.kind !== 'range') return false;
  const first = classifyAddress(addressFromValue(target.range.family, target.range.first));
  const opened = (proxy: EgressProxySpec) => isOpened(first, readableRanges(proxy.privateCIDRs ?? []));
  return (
    first.kind === 'special' && target.range.prefix > 0 && !(proxies.length > 0 && proxies.every(opened))
  );
}
