import { eventually, kubectl } from '../cluster/support/client-pods.ts';

export const SYSTEM = 'kube-egress-system';
export const CLUSTER_DNS = 'k8s-app=kube-dns';

/** Names of pods. */
export async function podsWith(namespace: string, selector: string): Promise<string[]> {
  const list = `get pods -n ${namespace} -l ${selector} -o jsonpath='{.items[*].metadata.name}'`;
  return (await kubectl(list)).split(' ');
}

export const componentPods = (component: string) =>
  podsWith(SYSTEM, `egress.zalando.org/component=${component}`);

/** Deletes one pod, and waits until its Deployment has as many as before. */
export async function deletePod(namespace: string, pod: string, deployment: string): Promise<void> {
  await kubectl(`delete pod -n ${namespace} ${pod} --wait=false`);
  const gone = async () =>
    (await kubectl(`get pod -n ${namespace} ${pod} --ignore-not-found -o name`)) === '';
  if (!(await eventually(gone, true, 120))) throw new Error(`${pod} does not end`);
  await kubectl(`rollout status -n ${namespace} deployment/${deployment} --timeout=80s`);
}
