import { Conditions, type ObjectMeta, type ResourceKind, type Static, Type } from './schema.ts';

const EgressActivityStatus = Type.Object({
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
  description: 'How the egress control of a namespace stands. Written by the controller; tenants read it.',
  spec: undefined,
  status: EgressActivityStatus,
  printerColumns: [
    { name: 'Mode', type: 'string', jsonPath: '.status.mode' },
    { name: 'Proxy', type: 'string', jsonPath: '.status.proxy' },
    { name: 'Injected', type: 'string', jsonPath: '.status.conditions[?(@.type=="Injected")].status' },
    { name: 'Enforced', type: 'string', jsonPath: '.status.conditions[?(@.type=="Enforced")].status' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
