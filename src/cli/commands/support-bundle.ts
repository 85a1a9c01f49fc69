import { stringify } from 'yaml';
import { PRODUCT_NAMESPACE } from '../../api/index.ts';
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  listAllowed,
  pathOf,
  resources,
} from '../../kube/index.ts';
import { gatherFacts, withCluster } from '../cluster/index.ts';
import { type Command, exit } from '../command-line/index.ts';
import { type ClusterFacts, runChecks } from '../doctor/index.ts';
import { redact, redactText } from '../support-bundle/index.ts';

/** Lines of each container's log, and bytes: what a log line can be long. */
const LOG = { tailLines: 500, limitBytes: 512 * 1024 };

export const supportBundle: Command = {
  name: 'support-bundle',
  summary: 'Print what a maintainer needs to find a fault, without secrets',
  description: `Prints one YAML document: what the doctor found, the EgressProxies, rule sets and EgressActivities, the
    registrations of webhooks, and the Deployments, pods, Events and the end of the logs of the product and its proxies.

    It reads no Secret. Query strings, user information in URLs, tokens, keys, and variables whose name says that they are
    secret are left out. Names of namespaces, pods and targets are in it: read it before you send it.`,
  examples: [['For an issue', 'kubectl egress support-bundle > bundle.yaml']],
  flags: [],
  online: true,
  run: (invocation) =>
    withCluster(invocation, async ({ client }) => {
      const { io } = invocation;
      const facts = await gatherFacts(client, { now: io.now(), namespace: undefined });
      const bundle = redact(await gatherBundle(client, facts));
      io.print(stringify(bundle, { aliasDuplicateObjects: false, lineWidth: 0 }));
      io.note('note: read it before you send it: it has the names of namespaces, pods and targets\n');
      return exit.ok;
    }),
};

async function gatherBundle(client: KubeClient, facts: ClusterFacts): Promise<object> {
  const { proxies = [], served = [], nodes = [] } = facts;
  const homes = new Set([PRODUCT_NAMESPACE, ...proxies.map(({ metadata }) => metadata.namespace ?? '')]);
  const components = [];
  for (const namespace of homes) components.push(await gatherComponents(client, namespace));
  return {
    time: new Date(facts.now).toISOString(),
    kubernetes: facts.version,
    nodes: nodes.map(({ metadata, status }) => ({ name: metadata.name, ...status?.nodeInfo })),
    doctor: runChecks(facts, { pre: false }),
    egressProxies: proxies,
    egressRuleSets: facts.ruleSets,
    clusterEgressRuleSets: facts.clusterRuleSets,
    namespaces: served.map(({ rules, activity, pods }) => ({
      name: rules.namespace,
      labels: rules.namespaceLabels,
      mode: rules.mode,
      pods: pods?.length,
      activity,
    })),
    mutatingWebhooks: facts.mutatingWebhooks?.map(withoutBundle),
    validatingWebhooks: facts.validatingWebhooks?.map(withoutBundle),
    guards: facts.guards,
    components,
  };
}

interface Registration extends KubeObject {
  webhooks?: readonly { clientConfig: object }[];
}

/** A registration without its caBundle: long, and the doctor has read it. */
function withoutBundle({ webhooks = [], ...rest }: Registration): object {
  const short = webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: undefined },
  }));
  return { ...rest, webhooks: short };
}

/** The Deployments, pods, Events and logs of a namespace in which the product runs. */
async function gatherComponents(client: KubeClient, namespace: string): Promise<object> {
  const [deployments, pods, events] = await Promise.all([
    listAllowed(client, resources.deployments, namespace),
    listAllowed(client, resources.pods, namespace),
    listAllowed(client, resources.events, namespace),
  ]);
  const logs: Record<string, string[]> = {};
  for (const { metadata, spec } of pods ?? [])
    for (const { name } of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])])
      logs[`${metadata.name}/${name}`] = await readLog(client, { namespace, name: metadata.name }, name);
  return { namespace, deployments, pods, events, logs };
}

/** The last lines of a container, each redacted; why there are none otherwise. */
async function readLog(
  client: KubeClient,
  pod: { namespace: string; name: string },
  container: string,
): Promise<string[]> {
  try {
    const path = pathOf(resources.pods, { ...pod, subresource: 'log' });
    const text = await client.rawText(path, { query: { container, ...LOG } });
    return text === '' ? [] : text.trimEnd().split('\n').map(redactText);
  } catch (error) {
    if (error instanceof ApiError) return [`(not read: ${error.message})`];
    throw error;
  }
}
