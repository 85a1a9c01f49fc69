import type {
  ClusterEgressRuleSet,
  EgressActivity,
  EgressProxy,
  EgressRuleSet,
  TlsServerName,
} from '../../api/index.ts';
import type {
  Deployment,
  KubeObject,
  Lease,
  MutatingWebhookConfiguration,
  Namespace,
  Node,
  Pod,
  Secret,
  Service,
  ValidatingWebhookConfiguration,
} from '../../kube/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';

/** A list, or undefined if the user may not read it. */
type Readable<T> = readonly T[] | undefined;

/** The fields of a DaemonSet by which a CNI is recognized. */
export interface DaemonSet extends KubeObject {
  spec?: { template: { spec?: { containers: { name: string; image?: string }[] } } };
}

/** How the API server reached the webhook that validates rule sets. */
export type Admission = { reached: true } | { reached: false; message: string };

/** A namespace that opted in, with what decides there. */
export interface NamespaceFacts {
  rules: NamespaceRules;
  activity: EgressActivity | undefined;
  /** What happens in enforce mode to tunnels that are no TLS for the name of their target. */
  tlsServerName: TlsServerName;
  pods: Readable<Pod>;
}

/** What the doctor looks at. */
export interface ClusterFacts {
  /** Milliseconds since the epoch. */
  now: number;
  /** `gitVersion` of the API server. */
  version: string;
  nodes: Readable<Node>;
  nodeLeases: Readable<Lease>;
  systemServices: Readable<Service>;
  daemonSets: Readable<DaemonSet>;
  /** Names of the product's CustomResourceDefinitions that the API server serves. */
  servedKinds: readonly string[];
  mutatingWebhooks: Readable<MutatingWebhookConfiguration>;
  validatingWebhooks: Readable<ValidatingWebhookConfiguration>;
  /** Names of the ValidatingAdmissionPolicies that a binding puts into force. */
  guards: Readable<string>;
  /** Services that webhooks are called by, `namespace/name`, with their ready endpoints. */
  webhookServices: ReadonlyMap<string, number> | undefined;
  admission: Admission | undefined;
  /** Secrets with serving certificates. */
  servingSecrets: Readable<Secret>;
  deployments: Readable<Deployment>;
  leaderLease: Readable<Lease>;
  namespaces: Readable<Namespace>;
  proxies: Readable<EgressProxy>;
  ruleSets: Readable<EgressRuleSet>;
  clusterRuleSets: Readable<ClusterEgressRuleSet>;
  /** Namespaces that opted in. */
  served: Readable<NamespaceFacts>;
}
