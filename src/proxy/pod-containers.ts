import type { EgressProxy } from '../api/index.ts';
import { DEFAULT_SQUID_MEMORY } from './file-descriptors.ts';
import { feedArgs, feedMounts, hasGoAccess } from './goaccess.ts';
import { logFileArgs } from './log-volume.ts';
import { agentMounts, closerMounts, gateMounts, squidMounts } from './pod-volumes.ts';
import { agentPorts, type ProxyFacts } from './proxy-facts.ts';
import { DEFAULT_PORT } from './squid-conf.ts';
import { GATE_SOCKET_NAME, IN_SQUID_LIBRARY } from './squid-paths.ts';
import { knownUpstreams } from './squid-upstreams.ts';
import { ENDPOINT_REMOVAL_SECONDS, LIVENESS_LIMITS, SQUID_PROBE_TIMEOUT_SECONDS } from './timing.ts';

/** Security context of a container, as the Pod Security level restricted requires it. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * The agent, a native sidecar: Squid starts after the agent has the rules (startupProbe), and the agent ends after
 * Squid, so that the last tunnels get their audit records.
 */
export function agentContainer(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown> {
  const { namespace, name } = proxy.metadata;
  return {
    name: 'agent',
    image: proxy.spec.image ?? facts.image,
    imagePullPolicy: 'IfNotPresent',
    // Restarts a killed agent immediately. The kubelet's back-off would be longer than RELAY_PATIENCE.
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
    // Ten minutes: the first list of a large cluster takes time, and an unreachable API server needs no restart.
    startupProbe: { ...probe('/readyz'), periodSeconds: 1, failureThreshold: 600 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe('/livez'), ...LIVENESS_LIMITS },
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
    // Ends Squid when its last client has left. Squid itself would wait the whole drainSeconds.
    command: ['drain', `${port}`, 'squid', '-N', '-f', '/etc/kube-egress/squid.conf'],
    env: [
      { name: 'LD_PRELOAD', value: IN_SQUID_LIBRARY },
      { name: 'ACCEPT_LIMIT_FOLDER', value: '/run/kube-egress' },
      { name: 'HALF_CLOSE_GATE_PORT', value: `${agentPorts.gate}` },
    ],
    ports: [{ name: 'proxy', containerPort: port, protocol: 'TCP' }],
    // The agent sends Squid a request and answers it. Squid's port alone would accept connections that it cannot serve.
    readinessProbe: {
      httpGet: { path: '/readyz/squid', port: agentPorts.telemetry },
      periodSeconds: 2,
      timeoutSeconds: SQUID_PROBE_TIMEOUT_SECONDS,
      failureThreshold: 3,
    },
    livenessProbe: { tcpSocket: { port: 'proxy' }, ...LIVENESS_LIMITS },
    lifecycle: { preStop: { sleep: { seconds: ENDPOINT_REMOVAL_SECONDS } } },
    resources: squidResources(proxy),
    securityContext: containerSecurity,
    volumeMounts: squidMounts(),
  };
}

/** GoAccess. It has no readiness probe and restarts by itself, so that its failure takes no proxy out of service. */
export function goAccessContainer(proxy: EgressProxy, { image }: ProxyFacts): Record<string, unknown>[] {
  if (!hasGoAccess(proxy)) return [];
  return [
    {
      name: 'goaccess',
      image: proxy.spec.image ?? image,
      imagePullPolicy: 'IfNotPresent',
      command: ['supervise', 'kube-egress', 'goaccess'],
      ports: [{ name: 'goaccess', containerPort: agentPorts.goAccess, protocol: 'TCP' }],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
      securityContext: containerSecurity,
      volumeMounts: feedMounts(proxy),
    },
  ];
}

/** The upstreams in squid.conf, so that the agent never names a parent that its Squid does not have. */
function upstreamArgs(proxy: EgressProxy): string[] {
  const known = knownUpstreams(proxy).map(
    ({ name, host, port }) => `${name}=${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  return known.length === 0 ? [] : [`--upstreams=${known.join(',')}`];
}

/** Requests CPU if there is an autoscaler: it compares usage with the request and ignores a pod without one. */
function squidResources({ spec: { resources, autoscaling } }: EgressProxy): Record<string, unknown> {
  if (resources === undefined)
    return { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: DEFAULT_SQUID_MEMORY } };
  const { requests, limits } = resources;
  if (autoscaling === undefined || requests?.['cpu'] !== undefined || limits?.['cpu'] !== undefined) {
    return resources;
  }
  return { ...resources, requests: { cpu: '100m', ...requests } };
}

/**
 * The gate, whatever tlsServerName says: an annotation of a namespace asks for it too, and a change rolls no pod. Its reports
 * and its tunnels outlive the agent, and it ends after Squid: a native sidecar. It has no probe, since it listens on
 * loopback alone.
 */
export function gateContainer(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown> {
  return {
    name: 'gate',
    image: proxy.spec.image ?? facts.image,
    imagePullPolicy: 'IfNotPresent',
    command: [
      'supervise',
      'relay',
      'gate',
      '--socket',
      `/run/kube-egress/${GATE_SOCKET_NAME}`,
      '--port',
      `${agentPorts.gate}`,
    ],
    restartPolicy: 'Always',
    resources: { requests: { cpu: '20m', memory: '16Mi' }, limits: { memory: '512Mi' } },
    securityContext: containerSecurity,
    volumeMounts: gateMounts(),
  };
}

/**
 * The closer, only with closeRevoked: it closes tunnels that the agent names. The kernel requires NET_ADMIN in the pod's
 * network, and Kubernetes gives capabilities to root only. So it is root with no other capability, without a token, and
 * mounts nothing but the socket of its requests.
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

export function fieldEnv(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}
