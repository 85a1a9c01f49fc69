import type { EgressProxy } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Deps } from '../deps.ts';
import { names } from '../object-names.ts';

/** Milliseconds after which every API server is expected to apply a changed policy. */
const POLICY_SETTLES = 3_000;
const POLICY = 'kube-egress-capabilities';

export interface TransparentImage {
  /** Undefined if the webhook must not inject the containers yet. */
  image: string | undefined;
  /** Milliseconds until the image may be accepted; undefined if it is settled. */
  checkAgainMs: number | undefined;
}

/**
 * The image of the containers of transparent mode, once the guard on capabilities accepts it: otherwise the webhook
 * would create pods that the guard denies. Without that guard, the image is accepted immediately.
 */
export function transparentImage(
  { spec, status }: EgressProxy,
  { settings, reflectors, clock }: Pick<Deps, 'settings' | 'reflectors' | 'clock'>,
): TransparentImage {
  if (!spec.clientEnv?.transparent) return { image: undefined, checkAgainMs: undefined };
  const wanted = spec.image ?? settings.image;
  const policy = reflectors.guardPolicies.store.get(POLICY);
  if (policy === undefined || status?.transparentImage === wanted) {
    return { image: wanted, checkAgainMs: undefined };
  }
  const age = acceptedForMs(policy, wanted, clock.now());
  return age !== undefined && age >= POLICY_SETTLES
    ? { image: wanted, checkAgainMs: undefined }
    : { image: status?.transparentImage, checkAgainMs: POLICY_SETTLES - (age ?? 0) };
}

/** Milliseconds since the policy was changed; undefined if it does not accept the image. */
function acceptedForMs(policy: KubeObject, image: string, now: number): number | undefined {
  const { spec } = policy as KubeObject & {
    spec?: { matchConditions?: { name: string; expression: string }[] };
  };
  const condition = spec?.matchConditions?.find(({ name }) => name === names.guardConditions[POLICY]);
  if (!condition?.expression.includes(JSON.stringify(image))) return undefined;
  const written = (policy.metadata.managedFields ?? []).map(({ time }) => new Date(time ?? 0).getTime());
  return now - Math.max(0, ...written);
}
