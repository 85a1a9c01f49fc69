import { label } from '../../api/index.ts';
import type { EnforcedByDefault } from './selectors.ts';

/**
 * CEL: an EndpointSlice or Endpoints that leads to anything but pods. With no range known, everything does.
 */
export function notOnlyPods(podCIDRs: readonly string[]): string {
  const inRange = (address: string) => `${literal(podCIDRs)}.exists(r, cidr(r).containsIP(${address}))`;
  return [
    `object.kind == 'EndpointSlice' ?`,
    `object.addressType == 'FQDN' ||`,
    `!object.?endpoints.orValue([]).all(e, e.addresses.all(a, ${inRange('a')})) :`,
    `!object.?subsets.orValue([]).all(s,`,
    `(s.?addresses.orValue([]) + s.?notReadyAddresses.orValue([])).all(a, ${inRange('a.ip')}))`,
  ].join(' ');
}

/**
 * CEL: a namespace that is enforced before the request, by its label or by default, or that opts out of the default.
 */
export function whereEnforced({ active, except }: EnforcedByDefault): string {
  const mode = (object: string) => `${object}.metadata.?labels[?'${label.mode}'].orValue('')`;
  return [
    `request.operation != 'CREATE' && ${mode('oldObject')} == 'enforce'`,
    `request.operation != 'DELETE' && ${mode('object')} == 'none'`,
    ...(active ? [`!(request.name in ${literal(except)})`] : []),
  ].join(' || ');
}

/** CEL's string literals are JSON's. */
function literal(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}
