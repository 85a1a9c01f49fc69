import { Choice, type Static, Type } from '../schema.ts';
import { ServiceName } from './cluster-settings.ts';

export const dnsServiceSources = ['Spec', 'ResolvConf', 'KnownName', 'Label'] as const;
export type DnsServiceSource = (typeof dnsServiceSources)[number];
export const serviceRangeSources = ['Spec', 'ServiceCIDRs', 'ApiServer'] as const;
export type ServiceRangeSource = (typeof serviceRangeSources)[number];

const Sources = Type.Object(
  {
    clusterDomain: Choice(['Spec', 'ResolvConf', 'Default']),
    podCIDRs: Choice(['Spec', 'Nodes']),
    serviceCIDRs: Choice(serviceRangeSources),
    nodeCIDRs: Choice(['Spec', 'Nodes']),
    dnsService: Type.Optional(Choice(dnsServiceSources)),
  },
  { description: 'Where each fact came from. Spec: from spec.cluster of the default EgressProxy.' },
);

export const Discovered = Type.Object(
  {
    clusterDomain: Type.Optional(Type.String()),
    podCIDRs: Type.Optional(Type.Array(Type.String())),
    serviceCIDRs: Type.Optional(Type.Array(Type.String())),
    nodeCIDRs: Type.Optional(
      Type.Array(Type.String(), { description: "The nodes' addresses, each as a range." }),
    ),
    apiServer: Type.Optional(
      Type.Array(Type.Object({ address: Type.String(), port: Type.Integer() }), {
        description: "The API server's endpoints: those of the Service kubernetes.",
      }),
    ),
    apiServerClusterIPs: Type.Optional(Type.Array(Type.String())),
    dnsService: Type.Optional({ ...ServiceName, description: "The Service of the cluster's DNS." }),
    sources: Type.Optional(Sources),
  },
  {
    description:
      'What the controller discovered about the cluster. Agents and the webhook read it from here.',
  },
);
export type Discovered = Static<typeof Discovered>;
