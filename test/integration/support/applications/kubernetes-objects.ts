import type { Workload } from './application.ts';

const labelsOf = ({ name, labels }: Workload) => ({ app: name, 'app.kubernetes.io/name': name, ...labels });

/** API path below the namespace, and the object that a user applies. */
export function workloadObject(workload: Workload, namespace: string): { path: string; object: object } {
  const { kind, name } = workload;
  if (kind === 'Pod') return { path: podsOf(namespace), object: podOf(workload, namespace) };
  const labels = labelsOf(workload);
  const template = {
    metadata: { labels, ...(workload.annotations && { annotations: workload.annotations }) },
    spec: workload.spec,
  };
  const metadata = { name, namespace, labels };
  if (kind === 'Job' || kind === 'CronJob') {
    const spec =
      kind === 'Job' ? { template } : { schedule: '*/15 * * * *', jobTemplate: { spec: { template } } };
    return {
      path: `/apis/batch/v1/namespaces/${namespace}/${kind.toLowerCase()}s`,
      object: { apiVersion: 'batch/v1', kind, metadata, spec },
    };
  }
  const selector = { matchLabels: { app: name } };
  const spec = { selector, template, ...(kind === 'StatefulSet' && { serviceName: name }) };
  return {
    path: `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`,
    object: { apiVersion: 'apps/v1', kind, metadata, spec },
  };
}

export const podsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** The pod that the workload's controller makes. */
export function podOf(workload: Workload, namespace: string): object {
  const { kind, name, annotations, spec } = workload;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(kind === 'Pod' || kind === 'StatefulSet' ? { name: `${name}-0` } : { generateName: `${name}-` }),
      namespace,
      labels: labelsOf(workload),
      ...(annotations && { annotations }),
    },
    spec,
  };
}
