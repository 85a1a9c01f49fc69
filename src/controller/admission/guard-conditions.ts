import { enforcingModes, label } from '../../api/index.ts';
import { bypassingCapabilities } from '../../enforcement/index.ts';
import { REDIRECT_CONTAINER } from '../../injection/index.ts';
import type { EnforcedByDefault } from './selectors.ts';

/** CEL: an EndpointSlice or Endpoints with an address that is not a pod's. True for all if no pod range is known. */
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

/** Arguments that the redirect accepts: ports, addresses, ranges. */
const ARGUMENT = '^--(http|https|except)=[0-9a-fA-F.:,/]*$';

/**
 * CEL: a pod in which a container adds a capability that the guard denies, and is not the redirect of transparent mode as
 * the webhook injects it. Checks everything that could make the redirect run other code: image, command, environment (NODE_OPTIONS,
 * LD_PRELOAD), mounts over its files, hooks and probes. Mounts of tokens, which other webhooks add, are allowed.
 */
export function notOnlyRedirect(images: readonly string[]): string {
  const denied = `name.upperAscii().replace('CAP_', '') in ${literal(bypassingCapabilities)}`;
  const adds = `c.?securityContext.?capabilities.?add.orValue([]).exists(name, ${denied})`;
  const isRedirect = [
    `c.name == '${REDIRECT_CONTAINER}'`,
    `has(c.image) && c.image in ${literal(images)}`,
    `c.?command.orValue([]) == ['/opt/kube-egress/bin/redirect']`,
    `c.?args.orValue([]).all(a, a.matches('${ARGUMENT}'))`,
    `c.securityContext.capabilities.add == ['NET_ADMIN']`,
    `!c.securityContext.?privileged.orValue(false)`,
    ...['env', 'envFrom', 'volumeDevices'].map((field) => `!has(c.${field})`),
    ...['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe', 'restartPolicy', 'workingDir'].map(
      (field) => `!has(c.${field})`,
    ),
    `c.?volumeMounts.orValue([]).all(m, m.mountPath.startsWith('/var/run/secrets/') && !m.mountPath.contains('..'))`,
  ].join(' && ');
  return [
    `object.spec.containers.exists(c, ${adds})`,
    `object.spec.?ephemeralContainers.orValue([]).exists(c, ${adds})`,
    `object.spec.?initContainers.orValue([]).exists(c, ${adds} && !(${isRedirect}))`,
  ].join(' || ');
}

/** CEL: a namespace that is enforced before the request, by its label or by default, or that opts out of the default. */
export function whereEnforced({ active, except }: EnforcedByDefault): string {
  const mode = (object: string) => `${object}.metadata.?labels[?'${label.mode}'].orValue('')`;
  return [
    `request.operation != 'CREATE' && ${mode('oldObject')} in ${literal(enforcingModes)}`,
    `request.operation != 'DELETE' && ${mode('object')} == 'none'`,
    ...(active ? [`!(request.name in ${literal(except)})`] : []),
  ].join(' || ');
}

/** String literals of CEL are those of JSON. */
function literal(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}
