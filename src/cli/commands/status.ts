import {
  type EgressActivity,
  type EgressProxy,
  label,
  MANAGER,
  POD_WEBHOOKS,
  PRODUCT_NAMESPACE,
} from '../../api/index.ts';
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  keyOf,
  listAllowed,
  type NetworkPolicy,
  type Resource,
  resources,
} from '../../kube/index.ts';
import { type Connection, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation } from '../command-line/index.ts';
import { outputFlag, paint, renderTable, show, type Table } from '../output/index.ts';
import {
  deploymentProblems,
  type GroupUsers,
  groupUsers,
  leftBehindProblems,
  type Problem,
  problemsOf,
  webhookProblems,
} from '../status/index.ts';
import { noteGaps } from './note-gaps.ts';

export const status: Command = {
  name: 'status',
  summary: 'Show proxies and namespaces, what is wrong, and what to do',
  description: `Shows the EgressProxies, the namespaces that opted in, and which rule sets use each target group, and lists every problem with what to do: from the
    conditions of proxies, namespaces and rule sets, the registration of the webhook, its certificate, and the product's
    Deployments. After an uninstall it names the namespaces that stayed closed.

    With -n, or without the right to list all namespaces, it shows one namespace. The exit code is 1 if there is a problem.`,
  examples: [
    ['The whole cluster', 'kubectl egress status'],
    ['One namespace, for which the role "view" is enough', 'kubectl egress status -n my-app'],
  ],
  flags: [outputFlag],
  online: true,
  run: (invocation) => withCluster(invocation, (connection) => run(invocation, connection)),
};

async function run(invocation: Invocation, connection: Connection): Promise<number> {
  const state = await gather(connection, invocation.text('namespace'), invocation.io.now());
  const { proxies, activities, groups, problems, gaps } = state;
  noteGaps(invocation.io, gaps);
  show(invocation, {
    value: { proxies: proxies ?? [], namespaces: activities, targetGroups: groups, problems, gaps },
    names: activities.map(({ metadata }) => `namespace/${metadata.namespace}`),
    text: (wide) =>
      [
        ...(proxies === undefined ? [] : [renderTable(proxyTable, proxies, wide)]),
        activities.length === 0
          ? 'No namespace has opted in.\n'
          : renderTable(namespaceTable, activities, wide),
        ...(groups.length === 0 ? [] : [renderTable(groupTable, groups, wide)]),
        renderProblems(invocation, problems),
      ].join('\n'),
  });
  return problems.length === 0 ? exit.ok : exit.no;
}

interface State {
  /** Undefined for one namespace only, or without the right to list them. */
  proxies: EgressProxy[] | undefined;
  activities: EgressActivity[];
  /** Empty for one namespace only: who refers to a group is known of the whole cluster. */
  groups: GroupUsers[];
  problems: Problem[];
  gaps: string[];
}

async function gather(
  { client, namespace }: Connection,
  given: string | undefined,
  now: number,
): Promise<State> {
  const everywhere = given === undefined ? await listServed(client, resources.egressActivities) : undefined;
  if (everywhere !== undefined) return gatherCluster(client, everywhere, now);
  const { items: activities } = await client.list(resources.egressActivities, { namespace });
  const ruleSets = await listAllowed(client, resources.egressRuleSets, namespace);
  return {
    proxies: undefined,
    activities,
    groups: [],
    problems: [...activities, ...(ruleSets ?? [])].flatMap(problemsOf),
    gaps:
      given === undefined
        ? [`you may not list the EgressActivities of all namespaces; this is ${namespace}`]
        : [],
  };
}

async function gatherCluster(client: KubeClient, activities: EgressActivity[], now: number): Promise<State> {
  const [proxies, ruleSets, clusterRuleSets, targetGroups, installation] = await Promise.all([
    listServed(client, resources.egressProxies),
    listServed(client, resources.egressRuleSets),
    listServed(client, resources.clusterEgressRuleSets),
    listServed(client, resources.egressTargetGroups),
    installationProblems(client, now),
  ]);
  const sets = [...(ruleSets ?? []), ...(clusterRuleSets ?? [])];
  const objects = [...(proxies ?? []), ...activities, ...sets];
  return {
    proxies,
    activities,
    groups: ruleSets && clusterRuleSets ? groupUsers(targetGroups ?? [], sets) : [],
    gaps: [],
    problems: [...installation, ...objects.flatMap(problemsOf)],
  };
}

async function installationProblems(client: KubeClient, now: number): Promise<Problem[]> {
  const [webhooks, deployments, policies] = await Promise.all([
    listAllowed(client, resources.mutatingWebhookConfigurations),
    listAllowed(client, resources.deployments, PRODUCT_NAMESPACE),
    listOwnPolicies(client),
  ]);
  const registered = webhooks?.find(({ metadata }) => metadata.name === POD_WEBHOOKS);
  return [
    ...(webhooks === undefined ? [] : webhookProblems(registered, now)),
    ...deploymentProblems(deployments ?? []),
    ...(deployments === undefined ? [] : leftBehindProblems(policies, deployments)),
  ];
}

/** NetworkPolicies of the controller in all namespaces; none if the user may not list them. */
async function listOwnPolicies(client: KubeClient): Promise<NetworkPolicy[]> {
  const labelSelector = `${label.managedBy}=${MANAGER}`;
  return (await listAllowed(client, resources.networkPolicies, undefined, labelSelector)) ?? [];
}

/** Objects of one of the product's kinds; none if the kind does not exist, as after an uninstall. */
async function listServed<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
): Promise<T[] | undefined> {
  try {
    return await listAllowed(client, resource);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

const proxyTable: Table<EgressProxy> = [
  { heading: 'PROXY', cell: keyOf },
  { heading: 'READY', cell: ({ status }) => `${status?.readyReplicas ?? 0}/${status?.replicas ?? 0}` },
  { heading: 'PROGRAMMED', cell: ({ status }) => conditionOf(status?.conditions, 'Programmed') },
  { heading: 'NAMESPACES', cell: ({ status }) => `${status?.namespaces ?? 0}` },
  { heading: 'URL', cell: ({ status }) => status?.url ?? '', wide: true },
];

const namespaceTable: Table<EgressActivity> = [
  { heading: 'NAMESPACE', cell: ({ metadata }) => metadata.namespace ?? '' },
  { heading: 'MODE', cell: ({ status }) => status?.mode ?? '' },
  { heading: 'PROXY', cell: ({ status }) => status?.proxy ?? '', wide: true },
  { heading: 'INJECTED', cell: ({ status }) => conditionOf(status?.conditions, 'Injected') },
  { heading: 'ENFORCED', cell: ({ status }) => conditionOf(status?.conditions, 'Enforced') },
  { heading: 'REQUESTS', cell: ({ status }) => `${status?.requests ?? 0}` },
  { heading: 'DENIED', cell: ({ status }) => `${status?.denied ?? 0}` },
  { heading: 'LAST REFUSED', cell: ({ status }) => status?.lastRefused ?? '' },
];

const groupTable: Table<GroupUsers> = [
  { heading: 'TARGET GROUP', cell: ({ name }) => name },
  { heading: 'TARGETS', cell: ({ targets }) => `${targets}` },
  { heading: 'USED BY', cell: ({ usedBy }) => usedBy.join(', ') || '-' },
];

function conditionOf(conditions: readonly { type: string; status: string }[] = [], wanted: string): string {
  return conditions.find(({ type }) => type === wanted)?.status ?? 'Unknown';
}

function renderProblems({ io }: Invocation, problems: readonly Problem[]): string {
  if (problems.length === 0) return `${paint(io, 'green', 'No problems.')}\n`;
  const texts = problems.map(
    ({ object, type, reason, message, guide }) =>
      `${paint(io, 'red', object)}: ${type} (${reason})\n    ${message.replaceAll('\n', '\n    ')}\n    see ${guide}\n`,
  );
  return `Problems:\n${texts.join('')}`;
}
