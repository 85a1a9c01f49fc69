import type { EgressProxySpec } from '../../api/index.ts';
import { addressFromValue, classifyAddress, isOpened, readableRanges } from '../address/index.ts';
import { isWildcard } from '../target/index.ts';
import type { IndexedTarget } from './read-targets.ts';

/** Warnings about valid targets with surprising effects. The API server cuts a warning at 256 characters. */
export function warnTargets(indexed: IndexedTarget, proxies: readonly EgressProxySpec[]): string[] {
  const { target, text, index } = indexed;
  const where = () => `spec.targets[${index}]: "${text}"`;
  const warnings: string[] = [];
  if (isWildcard(target))
    warnings.push(
      `${where()} allows every public destination on port ${target.port}; name the hosts if you can`,
    );
  if ((target.kind === 'subdomains' || target.kind === 'domain') && !target.name.includes('.'))
    warnings.push(`${where()} allows a whole top-level domain; name the hosts if you can`);
  if (target.kind === 'range' && isClosed(indexed, proxies))
    warnings.push(
      `${where()} is not public; it is reachable only if the EgressProxy lists it in privateCIDRs`,
    );
  if (proxies.some(({ allowedPorts = [] }) => allowedPorts.length > 0 && !allowedPorts.includes(target.port)))
    warnings.push(`${where()}: the EgressProxy does not allow port ${target.port} (allowedPorts)`);
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
