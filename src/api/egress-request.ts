import { Targets } from './egress-rule-set.ts';
import {
  Choice,
  Conditions,
  LabelSelector,
  type ObjectMeta,
  type ResourceKind,
  type Static,
  Type,
} from './schema.ts';

const Approval = Type.Object(
  {
    outcome: Choice(['Approved', 'Refused'], {
      description: 'Approved makes the rule set; Refused ends the request.',
    }),
    by: Type.String({
      maxLength: 512,
      description: 'The name of the user who writes the approval. The API server refuses any other one.',
    }),
    reason: Type.Optional(Type.String({ maxLength: 1024, description: 'Why, for those who asked.' })),
  },
  {
    description:
      'The answer, from a user with the verb approve on egressrequests of the namespace. It is written after the request was made, and never changes.',
  },
);
export type Approval = Static<typeof Approval>;

/** Characters of a duration: `999d`. */
const LONGEST_DURATION = 4;

const EgressRequestSpec = Type.Object({
  targets: Type.Unsafe<string[]>({ ...Targets, minItems: 1, maxItems: 100 }),
  podSelector: Type.Optional(LabelSelector),
  duration: Type.String({
    pattern: '^[1-9][0-9]{0,2}[mhd]$',
    maxLength: LONGEST_DURATION,
    description:
      'For how long the targets are allowed, such as 90m, 2h or 7d, counted from the creation of the rule set.',
  }),
  reason: Type.String({
    minLength: 1,
    maxLength: 1024,
    description: 'Why the targets are needed. The rule set has the same reason.',
  }),
  requestedBy: Type.String({
    maxLength: 512,
    description: 'The name of the user who makes the request. The API server refuses any other one.',
  }),
  approval: Type.Optional(Approval),
});
export type EgressRequestSpec = Static<typeof EgressRequestSpec>;

/** `Pending` until there is an approval; `Approved` while the rule set is in force. */
export const requestStates = ['Pending', 'Approved', 'Refused', 'Failed', 'Expired'] as const;
export type RequestState = (typeof requestStates)[number];

const EgressRequestStatus = Type.Object({
  state: Type.Optional(Choice(requestStates)),
  ruleSet: Type.Optional(
    Type.String({ description: 'The name of the EgressRuleSet that the approval has made.' }),
  ),
  expiresAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'The moment at which the rule set expires.' }),
  ),
  conditions: Type.Optional(Conditions),
});
export type EgressRequestStatus = Static<typeof EgressRequestStatus>;

export interface EgressRequest {
  apiVersion: string;
  kind: 'EgressRequest';
  metadata: ObjectMeta;
  spec: EgressRequestSpec;
  status?: EgressRequestStatus;
}

export const egressRequestKind: ResourceKind = {
  kind: 'EgressRequest',
  plural: 'egressrequests',
  singular: 'egressrequest',
  shortNames: ['erq'],
  scope: 'Namespaced',
  description:
    'Asks for targets for a while. Once it is approved, the controller makes an EgressRuleSet that expires.',
  spec: EgressRequestSpec,
  status: EgressRequestStatus,
  printerColumns: [
    { name: 'Targets', type: 'string', jsonPath: '.spec.targets' },
    { name: 'For', type: 'string', jsonPath: '.spec.duration' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Requested by', type: 'string', jsonPath: '.spec.requestedBy' },
    { name: 'Answered by', type: 'string', jsonPath: '.spec.approval.by' },
    { name: 'Expires', type: 'string', jsonPath: '.status.expiresAt' },
    { name: 'Reason', type: 'string', jsonPath: '.spec.reason', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
