import { label } from '../../../src/api/index.ts';
import {
  type KubeClient,
  type KubeObject,
  type Pod,
  pathOf,
  type Resource,
  resourceOf,
  resources,
} from '../../../src/kube/index.ts';
import { named } from '../../integration/support/webhook.ts';
import { until } from '../../support/until.ts';
import type { Size } from './scale-section.ts';
import { type Replacements, storeCopies } from './stored-copies.ts';

export interface Cluster {
  client: KubeClient;
  etcd: string;
}

const padded = (number: number, digits: number) => String(number).padStart(digits, '0');
export const namespaceName = (number: number): string => `team-${padded(number, 5)}`;
const podName = (number: number) => `app-7d9c5b6f4-${padded(number, 2)}`;

/** Each octet has three digits: all copies have the length of the original. */
export function podAddress(namespace: number, pod: number): string {
  const number = namespace * 20 + pod;
  const octets = [Math.floor(number / 22_500), Math.floor(number / 150) % 150, number % 150];
  return `10.${octets.map((octet) => octet + 100).join('.')}`;
}

/** A target of each rule set; an address, so that no name is resolved. */
export const ALLOWED = '203.0.113.7';

export const targetHost = (namespace: number, set: number, target: number): string =>
  `api-${padded(target, 4)}.partner-${padded(set, 2)}.of-${namespaceName(namespace)}.example.com`;

/** Enforced namespaces with running pods that have no variables, and with rule sets. */
export async function fillCluster(
  cluster: Cluster,
  size: Size,
  progress: (text: string) => void,
): Promise<void> {
  progress(`${size.namespaces} namespaces`);
  await make(cluster, named('v1', 'Namespace', namespaceName(0), { [label.mode]: 'enforce' }));
  await storeCopies(cluster, named('v1', 'Namespace', namespaceName(0)), copiesOf(size.namespaces));
  progress(`${size.namespaces * size.pods} pods`);
  await fillPods(cluster, size);
  progress(`${size.namespaces * size.ruleSets} rule sets of ${size.targets} targets`);
  for (let set = 0; set < size.ruleSets; set += 1) {
    const original = ruleSet(set, size.targets);
    await make(cluster, original);
    await storeCopies(cluster, original, copiesOf(size.namespaces));
  }
  progress('waiting until the API server has read all of them from etcd');
  for (const resource of [resources.namespaces, resources.pods, resources.egressRuleSets])
    await untilCached(cluster.client, resource);
}

/** Resolves when the API server's cache of a kind has what etcd had at this moment. */
async function untilCached(client: KubeClient, resource: Resource): Promise<void> {
  const resourceVersion = await client.latestVersion(resource);
  const query = { limit: 1, resourceVersion, resourceVersionMatch: 'NotOlderThan' };
  const isCached = () => client.raw(pathOf(resource), { query });
  const patience = { limitMs: 300_000, intervalMs: 1000 };
  await until(`the API server has read all ${resource.plural}`, isCached, undefined, patience);
}

async function make(cluster: Cluster, object: KubeObject): Promise<void> {
  await cluster.client.create(resourceOf(object), object);
}

/** Names of all namespaces but the first, which has the originals. */
function* copiesOf(namespaces: number): Generator<Replacements> {
  for (let number = 1; number < namespaces; number += 1) yield { [namespaceName(0)]: namespaceName(number) };
}

async function fillPods(cluster: Cluster, size: Size): Promise<void> {
  const original = pod();
  const created = await cluster.client.create<Pod>(resources.pods, original);
  const ip = podAddress(0, 0);
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], startTime: new Date().toISOString() };
  await cluster.client.update(resources.pods, { ...created, status }, { subresource: 'status' });
  await storeCopies(cluster, original, podCopies(size));
}

function* podCopies({ namespaces, pods }: Size): Generator<Replacements> {
  for (let namespace = 0; namespace < namespaces; namespace += 1)
    for (let number = namespace === 0 ? 1 : 0; number < pods; number += 1)
      yield {
        [namespaceName(0)]: namespaceName(namespace),
        [podName(0)]: podName(number),
        [podAddress(0, 0)]: podAddress(namespace, number),
      };
}

/** As a Deployment makes it, with what a platform adds. */
function pod(): Pod {
  const probe = { httpGet: { path: '/health', port: 8080 }, periodSeconds: 10, timeoutSeconds: 1 };
  const env = Array.from({ length: 12 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value of setting ${index} of this application`,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: namespaceName(0),
      name: podName(0),
      labels: { app: 'app', 'pod-template-hash': '7d9c5b6f4', team: namespaceName(0), version: 'v1' },
      annotations: { 'example.com/restarted-at': '2026-01-01T00:00:00Z', 'example.com/scrape': 'true' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'app-7d9c5b6f4',
          uid: '7a1c1f0e-9f0b-4a52-8a53-6a4c9fd7a0d7',
          controller: true,
        },
      ],
    },
    spec: {
      containers: ['app', 'sidecar'].map((name) => ({
        name,
        image: `registry.example.com/${name}:1.2.3`,
        env,
        ports: [{ containerPort: 8080 }],
        livenessProbe: probe,
        readinessProbe: probe,
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      })),
      nodeName: 'node-1',
    },
  } as Pod;
}

function ruleSet(set: number, targets: number): KubeObject {
  const names = Array.from({ length: targets - 1 }, (_, target) => targetHost(0, set, target));
  const hosts = [ALLOWED, ...names];
  return {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { namespace: namespaceName(0), name: `rules-${padded(set, 2)}` },
    spec: { targets: hosts.map((host) => `${host}:443`) },
  } as KubeObject;
}
