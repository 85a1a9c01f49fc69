import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { ownedMetadata, proxyNames, selectorOf } from './proxy-names.ts';
import { DEFAULT_PORT } from './squid-conf.ts';

/** The Service of the proxy, which has the EgressProxy's name. */
export function renderService(proxy: EgressProxy): DesiredObject {
  const { type = 'ClusterIP', nodePort, clusterIP, annotations } = proxy.spec.service ?? {};
  const metadata = ownedMetadata(proxy, proxyNames(proxy).service);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: annotations === undefined ? metadata : { ...metadata, annotations },
    spec: {
      type,
      ...(clusterIP === undefined ? {} : { clusterIP }),
      ipFamilyPolicy: 'PreferDualStack',
      internalTrafficPolicy: 'Cluster',
      // Local keeps the client's address, which is its identity.
      ...(type === 'ClusterIP' ? {} : { externalTrafficPolicy: 'Local' }),
      selector: selectorOf(proxy),
      ports: [
        {
          name: 'proxy',
          protocol: 'TCP',
          port: proxy.spec.port ?? DEFAULT_PORT,
          targetPort: 'proxy',
          ...(nodePort === undefined || type === 'ClusterIP' ? {} : { nodePort }),
        },
      ],
    },
  };
}
