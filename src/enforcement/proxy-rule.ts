import { label } from '../api/index.ts';
import { type EgressRule, namespacePeer } from './network-policy.ts';

/** An EgressProxy as its clients' policies see it. */
export interface ProxyEndpoint {
  namespace: string;
  name: string;
  port: number;
}

/** The labels by which policies and the Service find a proxy's pods. A guard keeps others from wearing them. */
export function proxyPodLabels({ namespace, name }: Omit<ProxyEndpoint, 'port'>): Record<string, string> {
  return { [label.component]: 'proxy', [label.ownerProxy]: `${namespace}.${name}` };
}

/** The proxy's pods on its port, and none of their other ports. */
export function proxyRule(proxy: ProxyEndpoint): EgressRule {
  return {
    to: [namespacePeer(proxy.namespace, proxyPodLabels(proxy))],
    ports: [{ protocol: 'TCP', port: proxy.port }],
  };
}
