import { Conditions, type Static, Type } from '../schema.ts';
import { Discovered } from './discovered.ts';
import { UpstreamStatus } from './upstream.ts';

export const EgressProxyStatus = Type.Object({
  conditions: Type.Optional(Conditions),
  observedGeneration: Type.Optional(Type.Integer()),
  url: Type.Optional(Type.String({ description: 'The URL that pods get in HTTP_PROXY.' })),
  effectiveNoProxy: Type.Optional(
    Type.String({ description: 'NO_PROXY without the entries of single namespaces.' }),
  ),
  readyReplicas: Type.Optional(Type.Integer({ description: 'The number of proxy pods that serve.' })),
  replicas: Type.Optional(Type.Integer({ description: 'The number of proxy pods.' })),
  namespaces: Type.Optional(Type.Integer({ description: 'The number of namespaces that it serves.' })),
  transparentImage: Type.Optional(
    Type.String({
      description: "The image of transparent mode's containers, once the guards admit it.",
    }),
  ),
  trustBundle: Type.Optional(
    Type.String({ description: 'SHA-256 of the trust bundle as pods get it, once it was read.' }),
  ),
  dnsAddresses: Type.Optional(
    Type.Array(Type.String(), {
      description: 'The addresses of the nameserver that pods get with dns: Report or ClusterOnly.',
    }),
  ),
  discovered: Type.Optional(Discovered),
  upstreams: Type.Optional(
    Type.Array(UpstreamStatus, { description: 'The parent proxies, with their health.' }),
  ),
});
export type EgressProxyStatus = Static<typeof EgressProxyStatus>;
