import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { containerSecurity } from './pod-containers.ts';
import { agentPorts, type ProxyFacts } from './proxy-facts.ts';
import { ownedMetadata, proxyNames, selectorOf } from './proxy-names.ts';
import { CLIENT_DNS_PROBES, ENDPOINT_REMOVAL_SECONDS, LIVENESS_LIMITS } from './timing.ts';

/** Port of the Service, which resolv.conf cannot name. */
const DNS_PORT = 53;

/**
 * The Service of the nameserver for pods. Running pods have its addresses in their resolv.conf, so a Service that is
 * created again gets the same ones.
 */
export function renderDnsService(proxy: EgressProxy, { clientDns }: ProxyFacts): DesiredObject[] {
  if (!clientDns) return [];
  const { dnsAddresses = [] } = proxy.status ?? {};
  const [first] = dnsAddresses;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: ownedMetadata(proxy, proxyNames(proxy).dnsService),
      spec: {
        type: 'ClusterIP',
        ...(first === undefined ? {} : { clusterIP: first, clusterIPs: dnsAddresses }),
        ipFamilyPolicy: 'PreferDualStack',
        internalTrafficPolicy: 'Cluster',
        selector: selectorOf(proxy),
        ports: (['UDP', 'TCP'] as const).map((protocol) => ({
          name: `dns-${protocol.toLowerCase()}`,
          protocol,
          port: DNS_PORT,
          targetPort: agentPorts.clientDns,
        })),
      },
    },
  ];
}

/** A process of its own, so that a pod's flood of queries takes no time of decisions. */
export function clientDnsContainer(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown>[] {
  if (!facts.clientDns) return [];
  const { clusterDomain } = facts.discovered;
  return [
    {
      name: 'client-dns',
      image: proxy.spec.image ?? facts.image,
      imagePullPolicy: 'IfNotPresent',
      command: ['supervise', 'kube-egress', 'client-dns'],
      args: clusterDomain === undefined ? [] : [`--cluster-domain=${clusterDomain}`],
      ports: [
        { name: 'dns-udp', containerPort: agentPorts.clientDns, protocol: 'UDP' },
        { name: 'dns-tcp', containerPort: agentPorts.clientDns, protocol: 'TCP' },
        { name: 'dns-metrics', containerPort: agentPorts.clientDnsTelemetry, protocol: 'TCP' },
      ],
      readinessProbe: {
        httpGet: { path: '/readyz', port: 'dns-metrics' },
        ...CLIENT_DNS_PROBES,
        timeoutSeconds: 3,
      },
      livenessProbe: { httpGet: { path: '/livez', port: 'dns-metrics' }, ...LIVENESS_LIMITS },
      lifecycle: { preStop: { sleep: { seconds: ENDPOINT_REMOVAL_SECONDS } } },
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      securityContext: containerSecurity,
      volumeMounts: [{ name: 'run', mountPath: '/run/kube-egress' }],
    },
  ];
}
