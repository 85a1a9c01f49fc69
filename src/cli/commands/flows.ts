import type { Flow } from '../../api/index.ts';
import { plainText } from '../../counts/index.ts';
import { ApiError } from '../../kube/index.ts';
import { type Connection, withAgents, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { clientOf, isSelected, verdictOf } from '../logs/index.ts';
import { outputFlag, paint, renderTable, show, type Table } from '../output/index.ts';
import { MOST_FLOWS, readFlows } from './read-flows.ts';
import { NOT_OF_TEAMS, proxyPods, readFilter, requestFlags } from './select-requests.ts';

const SHOWN = 50;

export const flows: Command = {
  name: 'flows',
  summary: 'Show the open tunnels and the newest requests of a namespace, as the agents know them',
  description: `Asks the agents of the namespace's proxy for the tunnels that are open now and the newest requests, by the time at
    which they arrived. An agent remembers the last 10,000 requests of all namespaces; the audit log has all (kubectl egress logs).

    It needs the right to open a port-forward to the pods of the proxy, and to get egressproxies/flows, with which one sees every
    namespace. A kubeconfig without a bearer token needs the right to create a token of the dashboard's ServiceAccount, too.`,
  examples: [
    ['The newest requests of a namespace', 'kubectl egress flows -n my-app'],
    ['Which tunnels are open, and whose', 'kubectl egress flows -A --open'],
    ['What was refused last', 'kubectl egress flows -n my-app deployment/api --refused --limit 10'],
  ],
  usage: '[POD|KIND/NAME]',
  args: { least: 0, most: 1 },
  flags: [
    { name: 'open', about: 'Only tunnels that are open.' },
    ...requestFlags,
    { name: 'limit', value: 'NUMBER', about: `How many, at most ${MOST_FLOWS}. Default: ${SHOWN}.` },
    outputFlag,
  ],
  online: true,
  run: (invocation) => {
    const limit = readLimit(invocation.text('limit'));
    return withCluster(invocation, async (connection) => {
      try {
        return await showFlows(invocation, connection, limit);
      } catch (error) {
        if (error instanceof ApiError && error.status === 403) invocation.io.note(NOT_OF_TEAMS);
        throw error;
      }
    });
  },
};

async function showFlows(invocation: Invocation, connection: Connection, limit: number): Promise<number> {
  const { io, has } = invocation;
  const filter = readFilter(invocation, connection);
  const pods = await (await proxyPods(invocation, connection.client, filter))();
  const answers = await withAgents(connection, (get) => readFlows(io, get, pods, filter.namespace));
  const shown = answers
    .flatMap((flows) => flows ?? [])
    .filter((flow) => isSelected(flow, filter) && (!has('open') || flow.state === 'open'))
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .slice(-limit);
  show(invocation, {
    value: shown,
    names: shown.map(({ id = '' }) => id),
    text: (wide) =>
      shown.length === 0 ? 'No request is remembered.\n' : renderTable(table(invocation), shown, wide),
  });
  return answers.includes(undefined) ? exit.unanswered : exit.ok;
}

function readLimit(text: string = `${SHOWN}`): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MOST_FLOWS)
    throw new UsageError(`--limit: "${text}" is no number from 1 to ${MOST_FLOWS}`);
  return limit;
}

const tints = { allow: undefined, deny: 'red', 'would deny': 'yellow' } as const;

function table({ io }: Invocation): Table<Flow> {
  return [
    { heading: 'TIME', cell: ({ time }) => time },
    { heading: 'STATE', cell: ({ state, revoked }) => (revoked ? 'open, revoked' : state) },
    {
      heading: 'VERDICT',
      cell: verdictOf,
      paint: (text, flow) => {
        const tint = tints[verdictOf(flow)];
        return tint === undefined ? text : paint(io, tint, text);
      },
    },
    { heading: 'CLIENT', cell: (flow) => plainText(clientOf(flow)) },
    { heading: 'TARGET', cell: ({ target }) => plainText(target) },
    { heading: 'REASON', cell: ({ reason = '' }) => reason },
    { heading: 'STATUS', cell: ({ status }) => `${status ?? ''}` },
    { heading: 'RULE', cell: ({ rule = '' }) => rule, wide: true },
    { heading: 'ADDRESS', cell: ({ resolvedIP = '' }) => resolvedIP, wide: true },
    { heading: 'BYTES SENT', cell: ({ bytesSent }) => `${bytesSent}`, wide: true },
    { heading: 'USER AGENT', cell: ({ userAgent = '' }) => plainText(userAgent), wide: true },
    { heading: 'ID', cell: ({ id = '' }) => id },
  ];
}
