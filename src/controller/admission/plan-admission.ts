import type { DesiredObject, LabelSelector } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { names } from '../object-names.ts';
import { isConverged } from '../objects/index.ts';
import { notOnlyPods, notOnlyRedirect, whereEnforced } from './guard-conditions.ts';
import { type ObservedSelector, withPlatformExpressions } from './platform-selectors.ts';
import type { EnforcedByDefault } from './selectors.ts';

/** The part of a webhook configuration that is read here. */
export interface WebhookConfiguration extends KubeObject {
  webhooks?: { name: string; namespaceSelector?: ObservedSelector }[];
}

export interface AdmissionInput {
  /** The authorities that can have signed the certificate of the webhook, PEM. */
  bundle: string;
  podWebhooks: WebhookConfiguration | undefined;
  ruleWebhooks: WebhookConfiguration | undefined;
  guardBindings: readonly KubeObject[];
  strictBinding: KubeObject | undefined;
  guardPolicies: readonly KubeObject[];
  podCIDRs: readonly string[];
  /** Images of the proxies with transparent mode. */
  transparentImages: readonly string[];
  byDefault: EnforcedByDefault;
  webhookSelector: LabelSelector;
  guardSelector: LabelSelector;
  strictSelector: LabelSelector;
}

/** matchResources is atomic: the owner of one field owns all of them, including those that the API server fills in. */
const matchDefaults = { matchPolicy: 'Equivalent', objectSelector: {} };

/**
 * The objects to apply, each with our fields only. Server-side apply merges webhooks by name, so that all other fields
 * remain those of the manifests. Webhooks and guards that are not installed are not created.
 */
export function planAdmission(input: AdmissionInput): DesiredObject[] {
  const pods = withBundle(input.podWebhooks, input.bundle, input.webhookSelector);
  const rules = withBundle(input.ruleWebhooks, input.bundle, undefined);
  const bindings = [
    ...input.guardBindings.map((observed) => withSelector(observed, input.guardSelector)),
    ...(input.strictBinding ? [withSelector(input.strictBinding, input.strictSelector)] : []),
  ];
  return [...pods, ...rules, ...bindings, ...withConditions(input)]
    .filter(({ desired, observed }) => observed === undefined || !isConverged(desired, observed))
    .map(({ desired }) => desired);
}

function withSelector(observed: KubeObject, namespaceSelector: LabelSelector) {
  const spec = { matchResources: { ...matchDefaults, namespaceSelector } };
  return { observed, desired: { ...identityOf(observed), spec } };
}

/** A guard has its facts of the cluster as a match condition of ours. Without it, the guard denies more. */
function withConditions({ guardPolicies, podCIDRs, byDefault, transparentImages }: AdmissionInput) {
  const expressions = {
    'kube-egress-capabilities': notOnlyRedirect(transparentImages),
    'kube-egress-endpoints': notOnlyPods(podCIDRs),
    'kube-egress-namespaces': whereEnforced(byDefault),
  };
  return guardPolicies.map((observed) => {
    const policy = observed.metadata.name as keyof typeof expressions;
    const matchConditions = [{ name: names.guardConditions[policy], expression: expressions[policy] }];
    return { observed, desired: { ...identityOf(observed), spec: { matchConditions } } };
  });
}

/** Without a selector, the webhooks' selectors are not written: a platform may have its own there. */
function withBundle(
  observed: WebhookConfiguration | undefined,
  bundle: string,
  selector: LabelSelector | undefined,
) {
  if (observed?.webhooks === undefined || observed.webhooks.length === 0) return [];
  const caBundle = Buffer.from(bundle).toString('base64');
  const webhooks = observed.webhooks.map(({ name, namespaceSelector }) => ({
    name,
    clientConfig: { caBundle },
    ...(selector && { namespaceSelector: withPlatformExpressions(selector, namespaceSelector) }),
  }));
  return [{ observed, desired: { ...identityOf(observed), webhooks } }];
}

function identityOf({ apiVersion, kind, metadata }: KubeObject): DesiredObject {
  return { apiVersion, kind, metadata: { name: metadata.name } };
}
