import { ACTIVITY_NAME, type EgressTargetGroup, GROUP, PRODUCT_NAMESPACE, VERSION } from '../../api/index.ts';
import { catalogProxies, resolveMode, tlsServerNameOf } from '../../injection/index.ts';
import {
  ApiError,
  isNotFound,
  type KubeClient,
  type KubeObject,
  listAllowed,
  pathOf,
  type Resource,
  resources,
  type Secret,
  UnreachableError,
  unlessForbidden,
} from '../../kube/index.ts';
import { type Admission, type ClusterFacts, type NamespaceFacts, podServices } from '../doctor/index.ts';

/**
 * Reads what the doctor looks at, as far as the user may. With `namespace` it looks at the pods and the traffic of that
 * namespace only.
 */
export async function gatherFacts(
  client: KubeClient,
  { now, namespace }: { now: number; namespace: string | undefined },
): Promise<ClusterFacts> {
  const [{ gitVersion }, servedKinds] = await Promise.all([
    client.raw<{ gitVersion: string }>('/version'),
    findServedKinds(client),
  ]);
  const own = <T extends KubeObject>(resource: Resource<T>) =>
    servedKinds.includes(resource.plural) ? listAllowed(client, resource) : undefined;
  const [proxies, ruleSets, clusterRuleSets, targetGroups, namespaces, registrations, built] =
    await Promise.all([
      own(resources.egressProxies),
      own(resources.egressRuleSets),
      own(resources.clusterEgressRuleSets),
      own(resources.egressTargetGroups),
      listAllowed(client, resources.namespaces),
      gatherRegistrations(client),
      gatherBuiltIn(client),
    ]);
  const catalog = { proxies, ruleSets, clusterRuleSets, namespaces };
  return {
    now,
    version: gitVersion,
    servedKinds,
    ...catalog,
    ...registrations,
    ...built,
    admission: servedKinds.length === 0 ? undefined : await tryAdmission(client),
    servingSecrets: await findServingSecrets(client, proxies ?? []),
    served: await gatherServed(client, { ...catalog, targetGroups, now }, namespace),
  };
}

async function findServedKinds(client: KubeClient): Promise<string[]> {
  try {
    const answer = await client.raw<{ resources: { name: string }[] }>(`/apis/${GROUP}/${VERSION}`);
    return answer.resources.map(({ name }) => name);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function gatherBuiltIn(client: KubeClient) {
  const [nodes, nodeLeases, services, daemonSets, deployments, leases] = await Promise.all([
    listAllowed(client, resources.nodes),
    listAllowed(client, resources.leases, 'kube-node-lease'),
    listAllowed(client, resources.services),
    listAllowed(client, resources.daemonSets),
    listAllowed(client, resources.deployments, PRODUCT_NAMESPACE),
    listAllowed(client, resources.leases, PRODUCT_NAMESPACE),
  ]);
  const leaderLease = leases?.filter(({ metadata }) => metadata.name === 'kube-egress-controller');
  return { nodes, nodeLeases, systemServices: services, daemonSets, deployments, leaderLease };
}

async function gatherRegistrations(client: KubeClient) {
  const [mutatingWebhooks, validatingWebhooks, policies, bindings] = await Promise.all([
    listAllowed(client, resources.mutatingWebhookConfigurations),
    listAllowed(client, resources.validatingWebhookConfigurations),
    listAllowed(client, resources.validatingAdmissionPolicies),
    listAllowed(client, resources.validatingAdmissionPolicyBindings),
  ]);
  const bound = new Set(bindings?.map(({ spec }) => spec?.policyName));
  const guards =
    bindings === undefined
      ? undefined
      : policies?.map(({ metadata }) => metadata.name).filter((name) => bound.has(name));
  const called = [...(mutatingWebhooks ?? []), ...(validatingWebhooks ?? [])].flatMap(podServices);
  const webhookServices = await unlessForbidden(countEndpoints(client, new Set(called)));
  return { mutatingWebhooks, validatingWebhooks, guards, webhookServices };
}

/** Ready endpoints of Services, `namespace/name`. */
async function countEndpoints(
  client: KubeClient,
  services: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const service of services) {
    const [namespace, name] = service.split('/');
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const { items } = await client.list(resources.endpointSlices, { namespace, labelSelector });
    const endpoints = items.flatMap((slice) => slice.endpoints ?? []);
    counts.set(service, endpoints.filter(({ conditions }) => conditions?.ready !== false).length);
  }
  return counts;
}

/** Sends a rule set as a dry run. Undefined if the user may not create one, so that the webhook is not called. */
async function tryAdmission(client: KubeClient): Promise<Admission | undefined> {
  try {
    await client.raw(pathOf(resources.egressRuleSets, { namespace: 'default' }), {
      method: 'POST',
      query: { dryRun: 'All' },
      body: {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: 'EgressRuleSet',
        metadata: { namespace: 'default', generateName: 'doctor-' },
        spec: { targets: ['doctor.example.com:443'] },
      },
    });
    return { reached: true };
  } catch (error) {
    return readRefusal(error);
  }
}

/** What a refusal of the dry run says about the webhook. */
function readRefusal(error: unknown): Admission | undefined {
  if (error instanceof UnreachableError) throw error;
  if (!(error instanceof ApiError)) throw error;
  if (/failed calling webhook/.test(error.message)) return { reached: false, message: error.message };
  return /denied the request/.test(error.message) ? { reached: true } : undefined;
}

async function findServingSecrets(
  client: KubeClient,
  proxies: NonNullable<ClusterFacts['proxies']>,
): Promise<Secret[] | undefined> {
  const addresses = [
    { namespace: PRODUCT_NAMESPACE, name: 'kube-egress-webhook-tls' },
    ...proxies.map(({ metadata: { namespace, name } }) => ({ namespace, name: `${name}-agent-tls` })),
  ];
  return unlessForbidden(
    Promise.all(addresses.map((address) => client.find(resources.secrets, address))).then((found) =>
      found.filter((secret) => secret !== undefined),
    ),
  );
}

/** The namespaces that opted in, with their pods and what was observed. */
async function gatherServed(
  client: KubeClient,
  {
    proxies,
    ruleSets,
    clusterRuleSets,
    targetGroups = [],
    namespaces,
    now,
  }: Pick<ClusterFacts, 'proxies' | 'ruleSets' | 'clusterRuleSets' | 'namespaces' | 'now'> & {
    targetGroups: readonly EgressTargetGroup[] | undefined;
  },
  only: string | undefined,
): Promise<NamespaceFacts[] | undefined> {
  if (proxies === undefined || namespaces === undefined) return undefined;
  const catalog = catalogProxies(proxies);
  const found: NamespaceFacts[] = [];
  for (const object of namespaces) {
    const { name } = object.metadata;
    const served = resolveMode(object, catalog, { productNamespace: PRODUCT_NAMESPACE });
    if (served.kind === 'notServed' || (only !== undefined && only !== name)) continue;
    const { mode, proxy } = served;
    const isWide = proxy.spec.ruleSetScope === 'Cluster';
    found.push({
      rules: {
        namespace: name,
        namespaceLabels: object.metadata.labels ?? {},
        mode,
        proxy,
        ruleSets: (ruleSets ?? []).filter(({ metadata }) => isWide || metadata.namespace === name),
        clusterRuleSets: clusterRuleSets ?? [],
        targetGroups,
        now,
      },
      activity: await client.find(resources.egressActivities, { namespace: name, name: ACTIVITY_NAME }),
      tlsServerName: tlsServerNameOf(proxy, object, 'enforce'),
      pods: await listAllowed(client, resources.pods, name),
    });
  }
  return found;
}
