import type { EgressProxy } from '../api/index.ts';
import { containerSecurity, fieldEnv } from './container-parts.ts';
import { feedArgs } from './goaccess.ts';
import { logFileArgs } from './log-volume.ts';
import { agentMounts, closerMounts, squidMounts } from './pod-volumes.ts';
import { agentPorts, type ProxyFacts } from './proxy-facts.ts';
import { DEFAULT_PORT } from './squid-conf.ts';
import { knownUpstreams } from './squid-upstreams.ts';
import { ENDPOINT_REMOVAL_SECONDS } from './timing.ts';

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
    args: [`--proxy=${namespace}/${name}`, ...logFileArgs(proxy), ...feedArgs(proxy), ...upstreamArgs(proxy)],
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
    lifecycle: { preStop: { sleep: { seconds: ENDPOINT_REMOVAL_SECONDS } } },
    resources: squidResources(proxy),
    securityContext: containerSecurity,
    volumeMounts: squidMounts(),
  };
}

/** What squid.conf knows, so that the agent never names a parent that its Squid does not have. */
function upstreamArgs(proxy: EgressProxy): string[] {
  const known = knownUpstreams(proxy).map(
    ({ name, host, port }) => `${name}=${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  return known.length === 0 ? [] : [`--upstreams=${known.join(',')}`];
}

/** The autoscaler measures CPU against what is requested, and does nothing for a pod that requests none. */
function squidResources({ spec: { resources, autoscaling } }: EgressProxy): Record<string, unknown> {
  if (resources === undefined)
    return { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } };
  const { requests, limits } = resources;
  if (autoscaling === undefined || requests?.['cpu'] !== undefined || limits?.['cpu'] !== undefined) {
    return resources;
  }
  return { ...resources, requests: { cpu: '100m', ...requests } };
}

/**
 * Only where the EgressProxy says closeRevoked: it ends tunnels that the agent names. The kernel asks for NET_ADMIN
 * where the connection is, in the pod's own network, and Kubernetes gives a capability to root alone: hence root
 * without any other one, without a token, and with nothing mounted but the socket on which it is asked.
 */
export function closerContainer(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown> {
  return {
    name: 'closer',
    image: proxy.spec.image ?? facts.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['kube-egress', 'closer'],
    args: [`--proxy-port=${proxy.spec.port ?? DEFAULT_PORT}`],
    restartPolicy: 'Always',
    resources: { requests: { cpu: '1m', memory: '48Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      ...containerSecurity,
      runAsNonRoot: false,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    },
    volumeMounts: closerMounts(),
  };
}

function probe(path: string) {
  return { httpGet: { path, port: 'telemetry', scheme: 'HTTP' }, timeoutSeconds: 3 };
}
