import { ACTIVITY_NAME } from '../../api/index.ts';
import { listAllowed, resources } from '../../kube/index.ts';
import { sleep, systemClock } from '../../time/index.ts';
import { type Connection, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import {
  clearScreen,
  formatMinute,
  outputFlag,
  paint,
  renderTable,
  show,
  type Table,
} from '../output/index.ts';
import { readDuration } from '../suggest/index.ts';
import { type Order, type Ranked, rankActivity, type Subject } from '../top/index.ts';
import { sinceFlag } from './observed.ts';

const subjects: readonly Subject[] = ['namespaces', 'workloads', 'targets'];
const orders: readonly Order[] = ['requests', 'denied', 'last'];
const SHOWN = '20';
/** Milliseconds between two rankings of --watch. */
const PERIOD = 2_000;

export const top: Command = {
  name: 'top',
  summary: 'Show the namespaces, workloads or targets with the most requests',
  description: `Sums the EgressActivities, which the controller writes at most once a minute and which have the last 500
    targets of each namespace. DENIED counts what was refused, and in observe mode what enforce mode would refuse. A target's
    requests count for each of the workloads that requested it.

    With -n, or without the right to list all namespaces, it shows one namespace.`,
  examples: [
    ['What the cluster requests most', 'kubectl egress top targets'],
    ['Whose requests were refused today', 'kubectl egress top namespaces --sort denied --since 24h'],
    ['Again and again, until Ctrl-C', 'kubectl egress top workloads -n my-app --watch'],
  ],
  usage: 'namespaces|workloads|targets',
  args: { least: 1, most: 1 },
  flags: [
    { name: 'sort', value: 'ORDER', choices: orders, about: `The order. Default: ${orders[0]}.` },
    { name: 'limit', value: 'NUMBER', about: `How many; 0: all. Default: ${SHOWN}.` },
    sinceFlag,
    { name: 'watch', short: 'w', about: `Shows it again every ${PERIOD / 1000} s, until Ctrl-C.` },
    outputFlag,
  ],
  online: true,
  run: (invocation) => {
    const asked = {
      subject: choose(subjects, invocation.args[0]),
      order: choose(orders, invocation.text('sort') ?? 'requests'),
      limit: readLimit(invocation.text('limit') ?? SHOWN),
    };
    return withCluster(invocation, async (connection) => {
      if (!invocation.has('watch'))
        showRanking(invocation, await rank(invocation, connection, asked), asked.subject);
      else await watch(invocation, connection, asked);
      return exit.ok;
    });
  },
};

interface Asked {
  subject: Subject;
  order: Order;
  /** How many are shown. */
  limit: number;
}

/** Repeats until it is interrupted. On a terminal each ranking takes the place of the one before it. */
async function watch(invocation: Invocation, connection: Connection, asked: Asked): Promise<void> {
  const { io } = invocation;
  const interrupted = io.interrupted();
  while (!interrupted.aborted) {
    const ranked = await rank(invocation, connection, asked);
    io.print(clearScreen(io));
    showRanking(invocation, ranked, asked.subject);
    await sleep(systemClock, PERIOD, interrupted);
  }
}

async function rank(
  invocation: Invocation,
  connection: Connection,
  { subject, order, limit }: Asked,
): Promise<Ranked[]> {
  const activities = await gather(invocation, connection);
  return rankActivity(activities, { subject, order, since: readSince(invocation) }).slice(0, limit);
}

function showRanking(invocation: Invocation, ranked: Ranked[], subject: Subject): void {
  show(invocation, {
    value: ranked,
    names: ranked.map(({ name }) => name),
    text: (wide) =>
      ranked.length === 0
        ? 'No requests were observed.\n'
        : renderTable(table(invocation, subject), ranked, wide),
  });
}

function choose<Choice extends string>(choices: readonly Choice[], text: string | undefined): Choice {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`"${text}" is not one of ${choices.join(', ')}`);
  return found;
}

function readLimit(text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new UsageError(`--limit: "${text}" is no number: write one from 0 to 999999`);
  return Number(text) || Number.POSITIVE_INFINITY;
}

function readSince({ text, io }: Invocation): string {
  const since = text('since');
  return since === undefined ? '' : new Date(io.now() - readDuration(since, '--since')).toISOString();
}

async function gather({ text, io }: Invocation, { client, namespace }: Connection) {
  const given = text('namespace');
  const all = given === undefined ? await listAllowed(client, resources.egressActivities) : undefined;
  if (all !== undefined) return all;
  if (given === undefined)
    io.note(`note: you may not list the EgressActivities of all namespaces; this is ${namespace}\n`);
  const found = await client.find(resources.egressActivities, { namespace, name: ACTIVITY_NAME });
  return found === undefined ? [] : [found];
}

function table({ io }: Invocation, subject: Subject): Table<Ranked> {
  return [
    { heading: subject.slice(0, -1).toUpperCase(), cell: ({ name }) => name },
    { heading: 'REQUESTS', cell: ({ requests }) => `${requests}` },
    {
      heading: 'DENIED',
      cell: ({ denied }) => `${denied}`,
      paint: (text, { denied }) => (denied === 0 ? text : paint(io, 'red', text)),
    },
    { heading: 'LAST SEEN', cell: ({ lastSeen }) => formatMinute(lastSeen) },
  ];
}
