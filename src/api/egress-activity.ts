import { Choice, Conditions, type ObjectMeta, type ResourceKind, type Static, Type } from './schema.ts';

/** RFC 3339 with milliseconds, as audit records have them. */
const moment = (description: string) => Type.String({ format: 'date-time', description });
const count = (description: string) => Type.Integer({ format: 'int64', minimum: 0, description });

/** What the namespace's pods asked of one target, with one outcome. */
export const ActivityTarget = Type.Object({
  target: Type.String({ description: '`host:port`, in the spelling of rules.' }),
  verdict: Choice(['allow', 'deny']),
  wouldDeny: Type.Optional(Type.Boolean({ description: 'Observe mode let pass what enforce would refuse.' })),
  reason: Type.Optional(Type.String()),
  rule: Type.Optional(
    Type.String({
      description: 'The rule that decided: `namespace/name#index`; `name#index` for a cluster set.',
    }),
  ),
  count: count('Requests; a tunnel is one, counted when it closes.'),
  firstSeen: moment('When the first of them arrived.'),
  lastSeen: moment('When the last of them ended.'),
  owners: Type.Optional(
    Type.Array(Type.String(), { description: "The pods' workloads as `Kind/name`, the newest five." }),
  ),
});
export type ActivityTarget = Static<typeof ActivityTarget>;

/** How far one agent's counts are contained in the totals, so that none is ever added twice. */
export const ActivityWatermark = Type.Object({
  pod: Type.String({ description: 'The proxy pod, as namespace/name.' }),
  instance: Type.String({ description: 'One run of its agent, which counts from its start.' }),
  requests: count('Of this run, contained in status.requests.'),
  denied: count('Of this run, contained in status.denied.'),
  counts: Type.String({
    description: 'Of this run, contained in the count of each target, in the order of status.targets.',
  }),
});
export type ActivityWatermark = Static<typeof ActivityWatermark>;

const ActivityCounts = {
  countedAt: Type.Optional(moment('When the counts were written last: at most once a minute.')),
  requests: Type.Optional(count("The pods' requests.")),
  denied: Type.Optional(count('Those of them that were refused.')),
  lastRefused: Type.Optional(
    Type.String({ description: 'The target that was refused last, or that enforce would refuse.' }),
  ),
  targets: Type.Optional(
    Type.Array(ActivityTarget, {
      maxItems: 500,
      'x-kubernetes-list-type': 'atomic',
      description: 'What was asked for, the most recently seen first; at most 500.',
    }),
  ),
  dropped: Type.Optional(
    count('Requests whose target is no longer in the list: status.requests less the counts of the targets.'),
  ),
  watermarks: Type.Optional(
    Type.Array(ActivityWatermark, {
      'x-kubernetes-list-type': 'atomic',
      description: 'For the controller: how far each agent is counted.',
    }),
  ),
};
const ActivityCountsObject = Type.Object(ActivityCounts);
export type ActivityCounts = Static<typeof ActivityCountsObject>;

const EgressActivityStatus = Type.Object({
  ...ActivityCounts,
  conditions: Type.Optional(Conditions),
  mode: Type.Optional(Type.String({ description: 'enforce or observe, as it is in effect.' })),
  proxy: Type.Optional(
    Type.String({ description: 'The EgressProxy that serves the namespace, as namespace/name.' }),
  ),
  effectiveNoProxy: Type.Optional(
    Type.String({ description: 'NO_PROXY as the next pod of the namespace gets it.' }),
  ),
  leftOutOfNoProxy: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Service names that NO_PROXY leaves out, since they equal a public suffix.',
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
    'How the egress control of a namespace stands, and what its pods asked for. Written by the controller; tenants read it.',
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
