import { label } from '../../api/index.ts';
import { REDIRECT_CONTAINER } from '../../injection/index.ts';
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

/** What the arguments of the redirect may be made of: ports, addresses, ranges. */
const ARGUMENT = '^--(http|https|except)=[0-9a-fA-F.:,/]*$';

/**
 * CEL: a pod in which a container asks for capabilities and is not the redirect of transparent mode, as the webhook
 * injects it. Whatever could make that one run other code is looked at: image, command, environment (NODE_OPTIONS,
 * LD_PRELOAD), what is mounted over its files, hooks and probes. Other webhooks may add mounts where tokens live.
 */
export function notOnlyRedirect(images: readonly string[]): string {
  const adds =
    'has(c.securityContext) && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.add)';
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
