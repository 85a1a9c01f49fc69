import { type Static, Type } from '../schema.ts';

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
  },
  {
    description:
      'What the controller discovered about the cluster. Agents and the webhook read it from here.',
  },
);
export type Discovered = Static<typeof Discovered>;
