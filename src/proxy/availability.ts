import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { ownedMetadata, proxyNames, selectorOf } from './proxy-names.ts';

/** Lets one proxy pod be evicted at a time. A single replica does not block the drain of its node. */
export function renderPodDisruptionBudget(proxy: EgressProxy): DesiredObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMetadata(proxy, proxyNames(proxy).deployment),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorOf(proxy) },
    },
  };
}

export function renderAutoscaler(proxy: EgressProxy): DesiredObject[] {
  const { autoscaling } = proxy.spec;
  if (autoscaling === undefined) return [];
  const { minReplicas = 2, maxReplicas, targetCPUUtilizationPercentage = 70 } = autoscaling;
  const name = proxyNames(proxy).deployment;
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: ownedMetadata(proxy, name),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: Math.min(minReplicas, maxReplicas),
        maxReplicas,
        metrics: [
          {
            type: 'Resource',
            resource: {
              name: 'cpu',
              target: { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage },
            },
          },
        ],
      },
    },
  ];
}
