import type { EgressProxySpec } from '../../api/index.ts';
import { addressFromValue, classifyAddress, isOpened, readableRanges } from '../address/index.ts';
import { isWildcard } from '../target/index.ts';
import type { IndexedTarget } from './read-targets.ts';

/** What is allowed but may not do what its author wants. A warning is cut at 256 characters by the API server. */
export function warnTargets(indexed: IndexedTarget, proxies: readonly EgressProxySpec[]): string[] {
  const { target, text, index } = indexed;
  const where = () => `spec.targets[${index}]: "${text}"`;
  const warnings: string[] = [];
  if (isWildcard(target))
    warnings.push(`${where()} lets everything public on port ${target.port} pass; name the hosts if you can`);
  if ((target.kind === 'subdomains' || target.kind === 'domain') && !target.name.includes('.'))
    warnings.push(`${where()} holds for a whole top-level domain; name the hosts if you can`);
  if (target.kind === 'range' && isClosed(indexed, proxies))
    warnings.push(
      `${where()} is not public; it is reached only where the EgressProxy lists it in privateCIDRs`,
    );
  if (proxies.some(({ allowedPorts = [] }) => allowedPorts.length > 0 && !allowedPorts.includes(target.port)))
    warnings.push(`${where()}: the EgressProxy lets nothing pass on port ${target.port} (allowedPorts)`);
  return warnings;
}

function isClosed({ target }: IndexedTarget, proxies: readonly EgressProxySpec[]): boolean {
  if (target.kind !== 'range') return false;
  const first = classifyAddress(addressFromValue(target.range.family, target.range.first));
  const opened = (proxy: EgressProxySpec) => isOpened(first, readableRanges(proxy.privateCIDRs ?? []));
  return (
    first.kind === 'special' && target.range.prefix > 0 && !(proxies.length > 0 && proxies.every(opened))
  );
}
