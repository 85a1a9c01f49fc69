import type { Pod } from '../../kube/index.ts';

export type PodChanges = { name?: string; uid?: string; ip?: string; spec?: object; status?: object };

/** A running pod with an address. */
export function runningPod({
  name = 'api',
  uid = name,
  ip = '10.0.0.7',
  spec,
  status,
}: PodChanges = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'my-app', uid, labels: { app: name } },
    spec: { containers: [], ...spec },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], ...status },
  };
}
