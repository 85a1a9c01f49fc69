import { cidrList } from '../fields.ts';
import { type Static, Type } from '../schema.ts';

export const ServiceName = Type.Object({
  namespace: Type.String({ maxLength: 63, description: 'The namespace of the Service.' }),
  name: Type.String({ maxLength: 63, description: 'The name of the Service.' }),
});
export type ServiceName = Static<typeof ServiceName>;

export const ClusterSettings = Type.Object(
  {
    podCIDRs: cidrList('The ranges of pod addresses. Default: podCIDRs of the nodes.'),
    serviceCIDRs: cidrList(
      'The ranges of ClusterIPs. Default: the ServiceCIDRs, or what the API server says of its range.',
    ),
    nodeCIDRs: cidrList('The ranges of node addresses. Default: the addresses of the nodes.'),
    dnsService: Type.Optional({
      ...ServiceName,
      description:
        "The Service of the cluster's DNS. Default: the one whose address is a nameserver of the controller's pod, else one with a known name or label.",
    }),
    clusterDomain: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "The DNS domain of the cluster. Default: that of the controller's resolv.conf.",
      }),
    ),
  },
  {
    description:
      'Facts of the cluster, in place of those that the controller finds. Only the default EgressProxy sets them.',
  },
);
export type ClusterSettings = Static<typeof ClusterSettings>;
