import { API_VERSION, annotation, type Condition, type EgressProxy } from '../../../src/api/index.ts';
import {
  type KubeClient,
  type KubeObject,
  type Pod,
  type Resource,
  resources,
} from '../../../src/kube/index.ts';

export function createNamespace(client: KubeClient, name: string, labels: Record<string, string> = {}) {
  return client.create(resources.namespaces, { metadata: { name, labels } });
}

export function defaultProxy(name = 'squid', spec: EgressProxy['spec'] = {}): EgressProxy {
  return {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name, namespace: 'egress-proxy', annotations: { [annotation.defaultProxy]: 'true' } },
    spec,
  };
}

/** A pod that the kubelet would have started. */
export async function runPod(
  client: KubeClient,
  pod: { name: string; namespace: string; labels?: Record<string, string>; env?: string[]; podIP?: string },
): Promise<Pod> {
  const { name, namespace, labels = {}, env = [], podIP } = pod;
  const created = await client.create(resources.pods, {
    metadata: { name, namespace, labels },
    spec: {
      containers: [{ name: 'app', image: 'app', env: env.map((each) => ({ name: each, value: 'x' })) }],
    },
  });
  const status = {
    phase: 'Running',
    startTime: '2026-01-01T00:00:00Z',
    conditions: [{ type: 'Ready', status: 'True' }],
    ...(podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] }),
  };
  await client.patch(resources.pods, { namespace, name, subresource: 'status' }, { status });
  return created;
}

/** `<status> <reason>` of a condition. */
export function conditionOf(object: { status?: unknown } | undefined, type: string): string | undefined {
  const { conditions } = (object?.status ?? {}) as { conditions?: Condition[] };
  const found = conditions?.find((condition) => condition.type === type);
  return found && `${found.status} ${found.reason}`;
}

export function find<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  name: string,
  namespace?: string,
): () => Promise<T | undefined> {
  return () => client.find(resource, { namespace, name });
}
