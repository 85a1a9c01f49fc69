import { gateFaults } from './reasons.ts';
import { Choice, Conditions, type ObjectMeta, type ResourceKind, type Static, Type } from './schema.ts';

/** RFC 3339 with milliseconds, as audit records have them. */
const moment = (description: string) => Type.String({ format: 'date-time', description });
const count = (description: string, more: { default?: number } = {}) =>
  Type.Integer({ format: 'int64', minimum: 0, description, ...more });
/** With a default a status that has no counts yet says 0, and needs no write for it. */
const total = (description: string) => count(description, { default: 0 });

/** Requests of the namespace's pods to one target with one outcome. */
export const ActivityTarget = Type.Object({
  target: Type.String({ description: 'The target `host:port`, as rules write it.' }),
  verdict: Choice(['allow', 'deny']),
  wouldDeny: Type.Optional(
    Type.Boolean({ description: 'Observe mode allowed what enforce mode would deny.' }),
  ),
  reason: Type.Optional(Type.String()),
  tlsFault: Type.Optional(
    Choice(gateFaults, {
      description:
        'How the tunnels did not begin with TLS for their name, whatever the reason is: tlsServerName: Enforce ends them once a rule allows them.',
    }),
  ),
  rule: Type.Optional(
    Type.String({
      description:
        'The rule that decided: `namespace/name#index`, or `name#index` for a ClusterEgressRuleSet.',
    }),
  ),
  count: count('The number of requests. A tunnel is one request and is counted when it closes.'),
  firstSeen: moment('When the first of the requests arrived.'),
  lastSeen: moment('When the last of the requests ended.'),
  owners: Type.Optional(
    Type.Array(Type.String(), {
      description: "The pods' workloads as `Kind/name`, the five most recent ones.",
    }),
  ),
});
export type ActivityTarget = Static<typeof ActivityTarget>;

/** How much of one agent's counts the totals contain, so that no request is added twice. */
export const ActivityWatermark = Type.Object({
  pod: Type.String({ description: 'The proxy pod, as namespace/name.' }),
  instance: Type.String({ description: 'The run of its agent. Counting begins with the run.' }),
  requests: count('Requests of this run that status.requests contains.'),
  denied: count('Denied requests of this run that status.denied contains.'),
  counts: Type.String({
    description:
      'Requests of this run that the count of each target contains, in the order of status.targets.',
  }),
});
export type ActivityWatermark = Static<typeof ActivityWatermark>;

const ActivityCounts = {
  countedAt: Type.Optional(moment('When the counts were last written: at most once a minute.')),
  requests: Type.Optional(total('The requests of the pods.')),
  denied: Type.Optional(total('The requests that were denied.')),
  lastRefused: Type.Optional(
    Type.String({
      description: 'The target of the last request that was denied, or that enforce mode would deny.',
    }),
  ),
  targets: Type.Optional(
    Type.Array(ActivityTarget, {
      maxItems: 500,
      'x-kubernetes-list-type': 'atomic',
      description: 'The requested targets, most recent first; at most 500.',
    }),
  ),
  dropped: Type.Optional(
    total('Requests whose target is no longer listed: status.requests minus the counts of the targets.'),
  ),
  watermarks: Type.Optional(
    Type.Array(ActivityWatermark, {
      'x-kubernetes-list-type': 'atomic',
      description: 'Used by the controller: how much of each agent is counted.',
    }),
  ),
};
const ActivityCountsObject = Type.Object(ActivityCounts);
export type ActivityCounts = Static<typeof ActivityCountsObject>;

const EgressActivityStatus = Type.Object({
  ...ActivityCounts,
  conditions: Type.Optional(Conditions),
  mode: Type.Optional(Type.String({ description: 'The mode in effect: enforce, blocked or observe.' })),
  proxy: Type.Optional(
    Type.String({ description: 'The EgressProxy that serves the namespace, as namespace/name.' }),
  ),
  formerProxies: Type.Optional(
    Type.Array(
      Type.Object({
        proxy: Type.String({ description: 'The EgressProxy, as namespace/name.' }),
        leftAt: moment('When the namespace left it.'),
      }),
      {
        'x-kubernetes-list-type': 'atomic',
        description: 'The EgressProxies that the namespace has left and that pods from before still use.',
      },
    ),
  ),
  effectiveNoProxy: Type.Optional(
    Type.String({
      description:
        'NO_PROXY as new pods of the namespace get it, without the names of namespaces and without what a pod itself names.',
    }),
  ),
  leftOutOfNoProxy: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Entries that NO_PROXY does not have: malformed ones, those beyond 16 KiB, what an annotation has beyond 256 entries, and Services named like a top-level domain in which a rule has targets.',
    }),
  ),
});
export type EgressActivityStatus = Static<typeof EgressActivityStatus>;

export interface EgressActivity {
  apiVersion: string;
  kind: 'EgressActivity';
  metadata: ObjectMeta;
  status?: EgressActivityStatus;
}

/** The one EgressActivity of an opted-in namespace has this name. */
export const ACTIVITY_NAME = 'observed';

export const egressActivityKind: ResourceKind = {
  kind: 'EgressActivity',
  plural: 'egressactivities',
  singular: 'egressactivity',
  shortNames: ['ea'],
  scope: 'Namespaced',
  description:
    'The state of egress control in a namespace, and the targets that its pods requested. Written by the controller, read by tenants.',
  spec: undefined,
  status: EgressActivityStatus,
  printerColumns: [
    { name: 'Mode', type: 'string', jsonPath: '.status.mode' },
    { name: 'Proxy', type: 'string', jsonPath: '.status.proxy' },
    { name: 'Injected', type: 'string', jsonPath: '.status.conditions[?(@.type=="Injected")].status' },
    { name: 'Enforced', type: 'string', jsonPath: '.status.conditions[?(@.type=="Enforced")].status' },
    { name: 'Requests', type: 'integer', jsonPath: '.status.requests' },
    { name: 'Denied', type: 'integer', jsonPath: '.status.denied' },
    { name: 'Last refused', type: 'string', jsonPath: '.status.lastRefused' },
    {
      name: 'OldProxy',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="PodsOnOldProxy")].status',
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
