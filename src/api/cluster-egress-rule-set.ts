import {
  expiryColumn,
  expiryFields,
  RuleSetUsage,
  targetFields,
  type WithTargets,
} from './egress-rule-set.ts';
import { requestLimitFields } from './request-limits.ts';
import {
  Choice,
  Conditions,
  LabelSelector,
  type ObjectMeta,
  type ResourceKind,
  type Static,
  Type,
} from './schema.ts';

const ClusterEgressRuleSetSpec = Type.Object({
  ...targetFields(),
  action: Type.Optional(
    Choice(['Allow', 'Deny'], {
      default: 'Allow',
      description: 'Allow or Deny. A Deny overrides every Allow.',
    }),
  ),
  namespaceSelector: Type.Optional(LabelSelector),
  limits: Type.Optional(
    Type.Object(requestLimitFields(), {
      description:
        "Narrows the EgressProxy's limits for each namespace that is selected, or each address in clientCIDRs. Of several values the smallest applies. The targets may be empty.",
    }),
  ),
  clientCIDRs: Type.Optional(
    Type.Array(Type.String({ maxLength: 49 }), {
      maxItems: 1000,
      description:
        'Clients that are not pods, such as nodes. If set, the set applies to them only, and not to pods.',
    }),
  ),
  ...expiryFields(),
});
export type ClusterEgressRuleSetSpec = WithTargets<Static<typeof ClusterEgressRuleSetSpec>>;

const ClusterEgressRuleSetStatus = Type.Object({
  conditions: Type.Optional(Conditions),
  observedGeneration: Type.Optional(Type.Integer()),
  targets: Type.Optional(Type.Integer()),
  proxies: Type.Optional(Type.Array(Type.String())),
  usage: Type.Optional(RuleSetUsage),
});
export type ClusterEgressRuleSetStatus = Static<typeof ClusterEgressRuleSetStatus>;

export interface ClusterEgressRuleSet {
  apiVersion: string;
  kind: 'ClusterEgressRuleSet';
  metadata: ObjectMeta;
  spec: ClusterEgressRuleSetSpec;
  status?: ClusterEgressRuleSetStatus;
}

export const clusterEgressRuleSetKind: ResourceKind = {
  kind: 'ClusterEgressRuleSet',
  plural: 'clusteregressrulesets',
  singular: 'clusteregressruleset',
  shortNames: ['cers'],
  scope: 'Cluster',
  description:
    "The operator's rules: destinations that all selected namespaces may reach, or may never reach.",
  spec: ClusterEgressRuleSetSpec,
  status: ClusterEgressRuleSetStatus,
  printerColumns: [
    { name: 'Action', type: 'string', jsonPath: '.spec.action' },
    { name: 'Targets', type: 'integer', jsonPath: '.status.targets' },
    { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    expiryColumn,
    { name: 'Last used', type: 'date', jsonPath: '.status.usage.lastUsed' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
