import { Targets } from './egress-rule-set.ts';
import { type ObjectMeta, type ResourceKind, type Static, Type } from './schema.ts';

const TargetSource = Type.Object(
  {
    url: Type.String({
      maxLength: 1024,
      description: 'Where the owner of the destinations lists them, such as a page of its documentation.',
    }),
    date: Type.String({
      format: 'date',
      description: 'The day on which the targets were compared with it, such as 2026-11-29.',
    }),
  },
  { description: 'Where the targets come from, for the next one who updates them.' },
);

const EgressTargetGroupSpec = Type.Object({
  description: Type.Optional(
    Type.String({ maxLength: 1024, description: 'What the targets are for, for those who choose a group.' }),
  ),
  targets: Type.Unsafe<string[]>({ ...Targets, minItems: 1, maxItems: 1000 }),
  sources: Type.Optional(
    Type.Array(TargetSource, { maxItems: 100, description: 'Where the targets come from, and when.' }),
  ),
});
export type EgressTargetGroupSpec = Static<typeof EgressTargetGroupSpec>;

export interface EgressTargetGroup {
  apiVersion: string;
  kind: 'EgressTargetGroup';
  metadata: ObjectMeta;
  spec: EgressTargetGroupSpec;
}

export const egressTargetGroupKind: ResourceKind = {
  kind: 'EgressTargetGroup',
  plural: 'egresstargetgroups',
  singular: 'egresstargetgroup',
  shortNames: ['etg'],
  scope: 'Cluster',
  description:
    "A named list of targets, such as the hosts of one service, that rule sets refer to in targetGroups. By itself it allows nothing. It is the operator's; a change has an effect in every rule set that refers to it.",
  spec: EgressTargetGroupSpec,
  status: undefined,
  printerColumns: [
    { name: 'Description', type: 'string', jsonPath: '.spec.description' },
    { name: 'Date', type: 'string', jsonPath: '.spec.sources[0].date' },
    { name: 'Source', type: 'string', jsonPath: '.spec.sources[0].url', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
