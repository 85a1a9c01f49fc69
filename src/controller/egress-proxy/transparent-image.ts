import type { EgressProxy } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Context } from '../context.ts';
import { names } from '../names.ts';

/** Milliseconds that an API server may take to judge by a policy that was changed. */
const POLICY_SETTLES = 3_000;
const POLICY = 'kube-egress-capabilities';

export interface TransparentImage {
  /** Undefined: the webhook is not to inject the containers yet. */
  image: string | undefined;
  /** Milliseconds until it can be told. */
  lookAgainMs: number | undefined;
}

/**
 * The image of transparent mode's containers, once the guard on capabilities lets it pass: before that the webhook
 * would make pods that the guard refuses. Where there is no such guard, nothing has to be waited for.
 */
export function transparentImage(
  { spec, status }: EgressProxy,
  { settings, followers, clock }: Pick<Context, 'settings' | 'followers' | 'clock'>,
): TransparentImage {
  if (!spec.clientEnv?.transparent) return { image: undefined, lookAgainMs: undefined };
  const wanted = spec.image ?? settings.image;
  const policy = followers.guardPolicies.store.get(POLICY);
  if (policy === undefined || status?.transparentImage === wanted) {
    return { image: wanted, lookAgainMs: undefined };
  }
  const age = passesSince(policy, wanted, clock.now());
  return age !== undefined && age >= POLICY_SETTLES
    ? { image: wanted, lookAgainMs: undefined }
    : { image: status?.transparentImage, lookAgainMs: POLICY_SETTLES - (age ?? 0) };
}

/** Milliseconds; undefined: the policy does not let the image pass. */
function passesSince(policy: KubeObject, image: string, now: number): number | undefined {
  const { spec } = policy as KubeObject & {
    spec?: { matchConditions?: { name: string; expression: string }[] };
  };
  const condition = spec?.matchConditions?.find(({ name }) => name === names.guardConditions[POLICY]);
  if (!condition?.expression.includes(JSON.stringify(image))) return undefined;
  const written = (policy.metadata.managedFields ?? []).map(({ time }) => new Date(time ?? 0).getTime());
  return now - Math.max(0, ...written);
}
