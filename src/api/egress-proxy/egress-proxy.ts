import type { ObjectMeta, ResourceKind } from '../schema.ts';
import { EgressProxySpec } from './spec.ts';
import { EgressProxyStatus } from './status.ts';

export interface EgressProxy {
  apiVersion: string;
  kind: 'EgressProxy';
  metadata: ObjectMeta;
  spec: EgressProxySpec;
  status?: EgressProxyStatus;
}

export const egressProxyKind: ResourceKind = {
  kind: 'EgressProxy',
  plural: 'egressproxies',
  singular: 'egressproxy',
  shortNames: ['egp'],
  scope: 'Namespaced',
  description:
    'A deployment of Squid, and its settings for the namespaces that it serves. Its Service has the same name.',
  spec: EgressProxySpec,
  status: EgressProxyStatus,
  printerColumns: [
    { name: 'URL', type: 'string', jsonPath: '.status.url' },
    { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas' },
    { name: 'Namespaces', type: 'integer', jsonPath: '.status.namespaces' },
    { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    {
      name: 'Enforced',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Enforced")].status',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
