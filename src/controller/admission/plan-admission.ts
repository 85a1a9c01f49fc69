import type { DesiredObject, LabelSelector } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { isConverged } from '../objects/index.ts';

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
  webhookSelector: LabelSelector;
  guardSelector: LabelSelector;
}

/**
 * Our fields, to be applied where they are not as they should be. Server-side apply merges webhooks by their name,
 * so that everything else stays what the manifests say. What is not installed is not made.
 */
export function planAdmission(input: AdmissionInput): DesiredObject[] {
  const pods = withBundle(input.podWebhooks, input.bundle, { namespaceSelector: input.webhookSelector });
  const rules = withBundle(input.ruleWebhooks, input.bundle, {});
  const bindings = input.guardBindings.map((observed) => ({
    observed,
    desired: {
      ...addressOf(observed),
      spec: { matchResources: { namespaceSelector: input.guardSelector } },
    },
  }));
  return [...pods, ...rules, ...bindings]
    .filter(({ desired, observed }) => !isConverged(desired, observed))
    .map(({ desired }) => desired);
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
