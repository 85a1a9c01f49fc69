import type { DesiredObject, LabelSelector } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { names } from '../names.ts';
import { isConverged } from '../objects/index.ts';
import { notOnlyPods, notOnlyRedirect, whereEnforced } from './guard-conditions.ts';
import type { EnforcedByDefault } from './selectors.ts';

/** A webhook configuration, as far as it is read here. */
export interface WebhookConfiguration extends KubeObject {
  webhooks?: { name: string }[];
}

export interface AdmissionInput {
  /** The authorities that may have signed the webhook's certificate, PEM. */
  bundle: string;
  podWebhooks: WebhookConfiguration | undefined;
  ruleWebhooks: WebhookConfiguration | undefined;
  guardBindings: readonly KubeObject[];
  guardPolicies: readonly KubeObject[];
  podCIDRs: readonly string[];
  /** Of the proxies with transparent mode. */
  transparentImages: readonly string[];
  byDefault: EnforcedByDefault;
  webhookSelector: LabelSelector;
  guardSelector: LabelSelector;
}

/** matchResources is atomic: whoever owns a part of it owns all of it, with what the API server fills in. */
const matchDefaults = { matchPolicy: 'Equivalent', objectSelector: {} };

/**
 * Our fields, to be applied where they are not as they should be. Server-side apply merges webhooks by their name,
 * so that everything else stays what the manifests say. Webhooks and guards that are not installed are not made.
 */
export function planAdmission(input: AdmissionInput): DesiredObject[] {
  const pods = withBundle(input.podWebhooks, input.bundle, { namespaceSelector: input.webhookSelector });
  const rules = withBundle(input.ruleWebhooks, input.bundle, {});
  const bindings = input.guardBindings.map((observed) => ({
    observed,
    desired: {
      ...addressOf(observed),
      spec: { matchResources: { ...matchDefaults, namespaceSelector: input.guardSelector } },
    },
  }));
  return [...pods, ...rules, ...bindings, ...withConditions(input)]
    .filter(({ desired, observed }) => observed === undefined || !isConverged(desired, observed))
    .map(({ desired }) => desired);
}

/** What a guard knows of the cluster stands in it as a match condition of ours: without it, the guard refuses more. */
function withConditions({ guardPolicies, podCIDRs, byDefault, transparentImages }: AdmissionInput) {
  const expressions = {
    'kube-egress-capabilities': notOnlyRedirect(transparentImages),
    'kube-egress-endpoints': notOnlyPods(podCIDRs),
    'kube-egress-namespaces': whereEnforced(byDefault),
  };
  return guardPolicies.map((observed) => {
    const policy = observed.metadata.name as keyof typeof expressions;
    const matchConditions = [{ name: names.guardConditions[policy], expression: expressions[policy] }];
    return { observed, desired: { ...addressOf(observed), spec: { matchConditions } } };
  });
}

function withBundle(observed: WebhookConfiguration | undefined, bundle: string, fields: object) {
  if (observed?.webhooks === undefined || observed.webhooks.length === 0) return [];
  const caBundle = Buffer.from(bundle).toString('base64');
  const webhooks = observed.webhooks.map(({ name }) => ({ name, clientConfig: { caBundle }, ...fields }));
  return [{ observed, desired: { ...addressOf(observed), webhooks } }];
}

function addressOf({ apiVersion, kind, metadata }: KubeObject): DesiredObject {
  return { apiVersion, kind, metadata: { name: metadata.name } };
}
