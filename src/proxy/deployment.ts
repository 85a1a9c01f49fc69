import { createHash } from 'node:crypto';
import { annotation, type DesiredObject, type EgressProxy } from '../api/index.ts';
import { clientDnsContainer } from './client-dns.ts';
import { folderOwner, logStreamer } from './log-containers.ts';
import {
  agentContainer,
  closerContainer,
  gateContainer,
  goAccessContainer,
  squidContainer,
} from './pod-containers.ts';
import { podVolumes } from './pod-volumes.ts';
import type { ProxyFacts } from './proxy-facts.ts';
import { ownedLabels, ownedMetadata, proxyNames, selectorOf } from './proxy-names.ts';
import { DEFAULT_DRAIN_SECONDS, ENDPOINT_REMOVAL_SECONDS, STOP_AFTER_DRAIN_SECONDS } from './timing.ts';

const UID = 65532;

/** The proxy's Deployment. With autoscaling it has no field replicas, which the autoscaler sets. */
export function renderDeployment(proxy: EgressProxy, facts: ProxyFacts, squidConf: string): DesiredObject {
  const { spec } = proxy;
  const selector = selectorOf(proxy);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: ownedMetadata(proxy, proxyNames(proxy).deployment),
    spec: {
      ...(spec.autoscaling === undefined ? { replicas: spec.replicas ?? 2 } : {}),
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: { app: proxy.metadata.name, ...ownedLabels(proxy), ...selector },
          annotations: {
            [annotation.configHash]: configHash(squidConf, facts.upstreamAuthorities),
            'kubectl.kubernetes.io/default-container': 'agent',
          },
        },
        spec: podSpec(proxy, facts),
      },
    },
  };
}

/** Changes if and only if something changes that Squid reads at its start: a change rolls the Deployment. */
function configHash(squidConf: string, authorities: readonly string[]): string {
  const read = JSON.stringify([squidConf, ...authorities]);
  return createHash('sha256').update(read).digest('hex').slice(0, 16);
}

function podSpec(proxy: EgressProxy, facts: ProxyFacts): Record<string, unknown> {
  const { spec } = proxy;
  return {
    serviceAccountName: proxyNames(proxy).serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds:
      ENDPOINT_REMOVAL_SECONDS + (spec.drainSeconds ?? DEFAULT_DRAIN_SECONDS) + STOP_AFTER_DRAIN_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      fsGroup: UID,
      seccompProfile: { type: 'RuntimeDefault' },
      // A safe sysctl, which the restricted profile allows: the agent serves DNS on port 53 without a capability.
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '53' }],
    },
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((key) =>
      spread(key, proxy),
    ),
    ...placement(proxy),
    initContainers: [
      ...folderOwner(proxy, facts),
      ...logStreamer(proxy, facts),
      ...(spec.closeRevoked ? [closerContainer(proxy, facts)] : []),
      gateContainer(proxy, facts),
      agentContainer(proxy, facts),
    ],
    containers: [
      squidContainer(proxy, facts),
      ...clientDnsContainer(proxy, facts),
      ...goAccessContainer(proxy, facts),
    ],
    volumes: podVolumes(proxy),
  };
}

/** Spreads over nodes and zones as far as they exist; by revision, so that a rollout is spread too. */
function spread(topologyKey: string, proxy: EgressProxy) {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorOf(proxy) },
    matchLabelKeys: ['pod-template-hash'],
  };
}

function placement({ spec }: EgressProxy): Record<string, unknown> {
  const { nodeSelector, tolerations, priorityClassName } = spec;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}
