import {
  Choice,
  Conditions,
  LabelSelector,
  type ObjectMeta,
  type ResourceKind,
  type Static,
  Type,
} from './schema.ts';

const DirectTarget = Type.Object(
  {
    host: Type.Optional(Type.String({ maxLength: 253, description: 'A DNS name. Set either host or cidr.' })),
    cidr: Type.Optional(
      Type.String({ maxLength: 49, description: 'An IPv4 or IPv6 range. Set either host or cidr.' }),
    ),
    port: Type.Integer({ minimum: 1, maximum: 65535, description: 'The port of the destination.' }),
    protocol: Type.Optional(
      Choice(['TCP', 'UDP'], { default: 'TCP', description: 'The protocol of the connection.' }),
    ),
  },
  {
    description:
      'A destination that is reached without the proxy. Denied unless the EgressProxy allows directTargets.',
  },
);
export type DirectTarget = Static<typeof DirectTarget>;

/** The fields of an exception that ends. */
export const expiryFields = () => ({
  expiresAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description:
        'The moment from which the rule set has no effect, such as 2027-01-31T18:00:00Z. It must be in the future when the rule set is created. Absent: it never expires.',
    }),
  ),
  reason: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: 'Why the rule set exists, for those who read it later: an incident, a ticket, a date.',
    }),
  ),
});

/** kubectl shows a date in the future as <invalid>, so that the column is a text. */
export const expiryColumn = { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt' };

export const Targets = Type.Array(Type.String({ maxLength: 1024 }), {
  description:
    'Destinations as host:port: name:443, *.name:443 (every name below it), .name:443 (the name and every name below it), *-files.name:443 (an asterisk within a label represents characters of that label), *:80 (any public destination), 192.0.2.7:443, [2001:db8::1]:443, 192.0.2.0/24:443.',
});

/** What a rule set grants: targets of its own, and those of groups. */
export const targetFields = () => ({
  targets: Type.Optional(Type.Unsafe<string[]>({ ...Targets, default: [] })),
  targetGroups: Type.Optional(
    Type.Array(Type.String({ maxLength: 253 }), {
      maxItems: 100,
      description:
        'Names of EgressTargetGroups: their targets are added to those of this rule set, and follow every change of the group. kubectl get egresstargetgroups lists them.',
    }),
  ),
});

/** The API server fills in `targets`. */
export type WithTargets<Spec> = Spec & { targets: string[] };

const EgressRuleSetSpec = Type.Object({
  ...targetFields(),
  podSelector: Type.Optional(LabelSelector),
  directTargets: Type.Optional(
    Type.Array(DirectTarget, {
      maxItems: 100,
      description:
        'Destinations that the pods reach without the proxy, within the limits that the EgressProxy sets in its directTargets.',
    }),
  ),
  ...expiryFields(),
});
export type EgressRuleSetSpec = WithTargets<Static<typeof EgressRuleSetSpec>>;

const OpenedAddress = Type.Object({
  host: Type.Optional(
    Type.String({ description: 'The name that resolves to it; absent if the rule set names the cidr.' }),
  ),
  cidr: Type.String(),
  port: Type.Integer(),
  protocol: Choice(['TCP', 'UDP']),
});
export type OpenedAddress = Static<typeof OpenedAddress>;

const DirectTargetsStatus = Type.Object({
  addresses: Type.Optional(
    Type.Array(OpenedAddress, {
      description: 'The addresses that the NetworkPolicy opens, or is about to open.',
    }),
  ),
  leftOut: Type.Optional(
    Type.Array(Type.String(), { description: 'The direct targets that stay closed, and why.' }),
  ),
  lastError: Type.Optional(
    Type.String({ description: 'Why a name could not be resolved. Its last known addresses stay open.' }),
  ),
});
export type DirectTargetsStatus = Static<typeof DirectTargetsStatus>;

/** When the rules of a rule set last decided a request. */
export const RuleSetUsage = Type.Object({
  since: Type.String({ format: 'date-time', description: 'When recording of use began.' }),
  lastUsed: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'When the set last decided a request. Updated at most once an hour.',
    }),
  ),
  targets: Type.Optional(
    Type.Array(Type.Object({ target: Type.String(), lastUsed: Type.String({ format: 'date-time' }) }), {
      'x-kubernetes-list-type': 'atomic',
      description: 'The targets that were used, as spec.targets writes them. The others were never used.',
    }),
  ),
  targetGroups: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), lastUsed: Type.String({ format: 'date-time' }) }), {
      'x-kubernetes-list-type': 'atomic',
      description: 'The target groups of which a target was used. The others were never used.',
    }),
  ),
});
export type RuleSetUsage = Static<typeof RuleSetUsage>;

const EgressRuleSetStatus = Type.Object({
  conditions: Type.Optional(Conditions),
  observedGeneration: Type.Optional(Type.Integer()),
  targets: Type.Optional(
    Type.Integer({ description: 'The number of targets of the set, those of its target groups included.' }),
  ),
  proxies: Type.Optional(
    Type.Array(Type.String(), {
      description: 'The EgressProxies that use this set, as namespace/name.',
    }),
  ),
  directTargets: Type.Optional(DirectTargetsStatus),
  usage: Type.Optional(RuleSetUsage),
});
export type EgressRuleSetStatus = Static<typeof EgressRuleSetStatus>;

export interface EgressRuleSet {
  apiVersion: string;
  kind: 'EgressRuleSet';
  metadata: ObjectMeta;
  spec: EgressRuleSetSpec;
  status?: EgressRuleSetStatus;
}

export const egressRuleSetKind: ResourceKind = {
  kind: 'EgressRuleSet',
  plural: 'egressrulesets',
  singular: 'egressruleset',
  shortNames: ['ers'],
  scope: 'Namespaced',
  description:
    'The destinations outside the cluster that the pods of a namespace may reach. Several sets add up.',
  spec: EgressRuleSetSpec,
  status: EgressRuleSetStatus,
  printerColumns: [
    { name: 'Targets', type: 'integer', jsonPath: '.status.targets' },
    { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      priority: 1,
    },
    expiryColumn,
    { name: 'Last used', type: 'date', jsonPath: '.status.usage.lastUsed' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
