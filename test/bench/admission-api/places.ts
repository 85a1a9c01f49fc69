import { annotation, label } from '../../../src/api/index.ts';
import { type KubeClient, type KubeObject, resources } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../integration/support/control-plane.ts';
import { setConditions } from '../../integration/support/guards/conditions.ts';
import { readManifests } from '../../integration/support/manifests.ts';
import { until } from '../../support/until.ts';
import { AGNHOST, FLOOR, OURS, PEPR, type WebhookContender } from '../admission/contenders.ts';
import { SHOP } from '../admission/reviews.ts';

/** A namespace of the one API server in which pods are created, and what admits them there. */
export interface Place {
  name: string;
  namespace: string;
  /** Name of the webhook that is called for each pod, as the API server counts it. */
  webhook: string | undefined;
}

export const WITHOUT = 'without any';
export const UNLABELLED = 'kube-egress, namespace without a label';
export const GUARDS = 'kube-egress, guards alone';
export const WEBHOOK = 'kube-egress, webhook alone';

const OUR_WEBHOOK = 'pods.egress.zalando.org';
/** Says in a namespace's labels what holds there, so that everything can be installed once. */
const KEY = 'bench';

/** Pepr's module changes the pods of one namespace only. */
const namespaces = {
  [WITHOUT]: 'without',
  [UNLABELLED]: 'unlabelled',
  [GUARDS]: 'guards',
  [WEBHOOK]: 'webhook',
  [OURS]: 'all',
  [FLOOR]: 'floor',
  [AGNHOST]: 'agnhost',
  [PEPR]: SHOP,
};
type Name = keyof typeof namespaces;

const guarded: Name[] = [UNLABELLED, GUARDS, OURS];
const injected: Name[] = [UNLABELLED, WEBHOOK, OURS];
const rivals: Name[] = [FLOOR, AGNHOST, PEPR];

/** Installs guards and webhooks, each for its namespaces, and resolves when all of them work. */
export async function preparePlaces(
  plane: ControlPlane,
  webhooks: readonly WebhookContender[],
): Promise<Place[]> {
  const { client } = plane;
  for (const [name, namespace] of Object.entries(namespaces)) await makeNamespace(client, name, namespace);
  for (const object of await readManifests('guards')) await apply(client, onlyWhere(object, guarded));
  await setConditions(client, { podCIDRs: ['10.244.0.0/16'], enforcedByDefault: false, except: [] });
  await apply(client, onlyInjected());
  for (const { name, urls, ca } of webhooks) {
    if (rivals.includes(name as Name)) await apply(client, rivalWebhook(name as Name, urls.mutate, ca));
  }
  const places = Object.entries(namespaces).map(([name, namespace]) => ({
    name,
    namespace,
    webhook: webhookOf(name as Name),
  }));
  for (const place of places) await untilReady(client, place);
  return places;
}

function webhookOf(name: Name): string | undefined {
  if (rivals.includes(name)) return rivalName(name);
  return name === WEBHOOK || name === OURS ? OUR_WEBHOOK : undefined;
}

const rivalName = (name: Name) => `${namespaces[name]}.bench.example.com`;

async function makeNamespace(client: KubeClient, name: string, namespace: string): Promise<void> {
  const mode = name === WITHOUT || name === UNLABELLED ? {} : { [label.mode]: 'enforce' };
  const labels = { ...mode, [KEY]: namespace };
  await apply(client, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
}

async function apply(client: KubeClient, object: KubeObject): Promise<void> {
  await client.apply(object, { fieldManager: 'bench', force: true });
}

function amongPlaces(names: readonly Name[]) {
  return { key: KEY, operator: 'In', values: names.map((name) => namespaces[name]) };
}

interface Binding extends KubeObject {
  spec: { matchResources?: { namespaceSelector?: { matchExpressions?: object[] } } };
}

/** A guard's binding with its own selector, in the namespaces of these places only; a policy stays what it is. */
function onlyWhere(object: KubeObject, names: readonly Name[]): KubeObject {
  if (object.kind !== 'ValidatingAdmissionPolicyBinding') return object;
  const { spec } = object as Binding;
  const matchExpressions = [
    ...(spec.matchResources?.namespaceSelector?.matchExpressions ?? []),
    amongPlaces(names),
  ];
  const matchResources = { ...spec.matchResources, namespaceSelector: { matchExpressions } };
  return { ...object, spec: { ...spec, matchResources } } as KubeObject;
}

/** What the controller writes into the webhook's configuration, and our limit to the namespaces of these places. */
function onlyInjected(): KubeObject {
  const enforced = { key: label.mode, operator: 'In', values: ['enforce', 'observe', 'blocked'] };
  const namespaceSelector = { matchExpressions: [enforced, amongPlaces(injected)] };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'kube-egress-pods' },
    webhooks: [{ name: OUR_WEBHOOK, namespaceSelector }],
  } as KubeObject;
}

function rivalWebhook(name: Name, url: string, ca: string): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: namespaces[name] },
    webhooks: [
      {
        name: rivalName(name),
        admissionReviewVersions: ['v1'],
        clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') },
        namespaceSelector: { matchExpressions: [amongPlaces([name])] },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds: 20,
      },
    ],
  } as KubeObject;
}

/** The guards refuse the node's network where they hold and nowhere else; a webhook's answer has reached the pod. */
async function untilReady(client: KubeClient, { name, namespace, webhook }: Place): Promise<void> {
  const create = (spec: object) =>
    client.create<KubeObject>(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: '', generateName: 'probe-', namespace },
      spec: { containers: [{ name: 'probe', image: 'probe:1' }], ...spec },
    } as KubeObject);
  const isGuarded = name === GUARDS || name === OURS;
  await until(`${name}: guards`, async () => {
    const refused = await create({ hostNetwork: true }).then(
      () => false,
      (error: Error) => error.message.includes('egress control'),
    );
    return refused === isGuarded;
  });
  await until(`${name}: webhook`, async () => {
    const text = JSON.stringify(await create({}));
    if (name === AGNHOST) return text.includes('sidecar:1');
    if (name === FLOOR) return (await callsOf(client, webhook)) > 0;
    return (text.includes('HTTP_PROXY') || text.includes(annotation.injected)) === (webhook !== undefined);
  });
}

/** How often the API server has called a webhook. */
export async function callsOf(client: KubeClient, webhook: string | undefined): Promise<number> {
  const lines = (await client.rawText('/metrics')).split('\n');
  return lines
    .filter((line) => line.startsWith('apiserver_admission_webhook_request_total{'))
    .filter((line) => line.includes(`name="${webhook}"`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
