import type { EgressProxy } from '../api/index.ts';
import { agentMounts, squidMounts } from './pod-volumes.ts';
import { agentPorts, type ProxyFacts } from './proxy-facts.ts';
import { DEFAULT_PORT } from './squid-conf.ts';

/** Long enough for every kube-proxy to have taken a stopping pod out before Squid closes its port. */
export const ENDPOINT_SECONDS = 10;

const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * The agent, as a native sidecar: Squid starts when it knows the rules (startupProbe), and it ends after Squid, so
 * that the last tunnels get their audit line.
 */
export function agentContainer(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown> {
  const { namespace, name } = proxy.metadata;
  return {
    name: 'agent',
    image: proxy.spec.image ?? facts.image,
    imagePullPolicy: 'IfNotPresent',
    // Starts a killed agent again at once; the kubelet's back-off would outlast the relay's patience.
    command: ['supervise', 'kube-egress', 'agent'],
    args: [`--proxy=${namespace}/${name}`],
    env: [
      fieldEnv('POD_NAME', 'metadata.name'),
      fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
      fieldEnv('POD_IP', 'status.podIP'),
      fieldEnv('NODE_NAME', 'spec.nodeName'),
    ],
    restartPolicy: 'Always',
    ports: [
      { name: 'telemetry', containerPort: agentPorts.telemetry, protocol: 'TCP' },
      { name: 'agent-api', containerPort: agentPorts.api, protocol: 'TCP' },
    ],
    // Ten minutes: the first list of a large cluster, or an API server that is away, is no reason for a restart.
    startupProbe: { ...probe('/readyz'), periodSeconds: 1, failureThreshold: 600 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } },
    securityContext: containerSecurity,
    volumeMounts: agentMounts(proxy),
  };
}

export function squidContainer(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown> {
  const port = proxy.spec.port ?? DEFAULT_PORT;
  return {
    name: 'squid',
    image: proxy.spec.image ?? facts.image,
    imagePullPolicy: 'IfNotPresent',
    // Ends Squid when its last client has left; by itself it waits drainSeconds for nobody.
    command: ['drain', `${port}`, 'squid', '-N', '-f', '/etc/kube-egress/squid.conf'],
    ports: [{ name: 'proxy', containerPort: port, protocol: 'TCP' }],
    readinessProbe: { tcpSocket: { port: 'proxy' }, periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { tcpSocket: { port: 'proxy' }, periodSeconds: 10, failureThreshold: 6 },
    lifecycle: { preStop: { sleep: { seconds: ENDPOINT_SECONDS } } },
    resources: proxy.spec.resources ?? {
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { memory: '1Gi' },
    },
    securityContext: containerSecurity,
    volumeMounts: squidMounts(),
  };
}

function probe(path: string) {
  return { httpGet: { path, port: 'telemetry', scheme: 'HTTP' }, timeoutSeconds: 3 };
}

function fieldEnv(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}
