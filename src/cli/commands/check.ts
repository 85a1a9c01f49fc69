import type { Flow, Mode } from '../../api/index.ts';
import { type CheckedTarget, checkTargets, readTarget } from '../check/index.ts';
import { type Connection, gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation } from '../command-line/index.ts';
import { verdictOf } from '../logs/index.ts';
import { outputFlag, paint, renderTable, show, type Table } from '../output/index.ts';
import { checkLive, type LiveAnswer } from './check-live.ts';
import { noteGaps } from './note-gaps.ts';
import { findPod, probeFlags } from './probe.ts';

export const check: Command = {
  name: 'check',
  summary: 'Check whether a namespace may reach targets, and why',
  description: `Decides with the agents' own code and the rules as they are now, as enforce mode would. It reads the
    rules from the API server and, without --live, sends nothing to the targets.

    A name that is allowed here can still be refused when it is resolved: to an address that is not public, or one that a
    ClusterEgressRuleSet denies. --live finds that: it requests each target through the proxy from a pod that is deleted
    afterwards, and asks the agents what they decided. Port 443 is requested by HTTPS, port 80 by HTTP, and any other through a
    tunnel in which it asks for / by HTTP.

    The role "view" in the namespace is enough. What else the answer depends on and you may not read (EgressProxies,
    ClusterEgressRuleSets) is named on stderr. --live needs the rights to create, get and delete pods and to get pods/log; the
    agents answer only to users who may see the flows of a proxy, as kubectl egress flows says.`,
  examples: [
    ['Whether pods of my-app may reach a target', 'kubectl egress check my-app api.example.com:443'],
    [
      'For one pod, whose labels a podSelector may select',
      'kubectl egress check my-app/api-7d9f-x2x https://api.example.com/v1',
    ],
    ['Request it from a pod as well', 'kubectl egress check my-app/api-7d9f-x2x api.example.com --live'],
    ['Fail in CI if a target is refused', 'kubectl egress check my-app registry.npmjs.org pypi.org'],
  ],
  usage: 'NAMESPACE[/POD] TARGET...',
  args: { least: 2, most: Number.POSITIVE_INFINITY },
  flags: [
    { name: 'live', about: 'Requests the targets from a pod through the proxy, and asks the agents.' },
    ...probeFlags,
    outputFlag,
  ],
  online: true,
  run: (invocation) => withCluster(invocation, (connection) => run(invocation, connection)),
};

async function run(invocation: Invocation, connection: Connection): Promise<number> {
  const { args, has, io } = invocation;
  const [place = '', ...texts] = args;
  const targets = texts.map(readTarget);
  const [namespace = '', pod] = place.split('/');
  const { rules, gaps } = await gatherRules(connection.client, namespace);
  const asPod = pod === undefined ? undefined : await findPod(connection.client, namespace, pod);
  const checked = checkTargets(rules, targets, asPod && (asPod.metadata.labels ?? {}));
  noteGaps(io, gaps);
  noteMode(invocation, namespace, rules.mode);
  const live = has('live') ? await checkLive(invocation, connection, { namespace, asPod, targets }) : [];
  if (live === undefined) return exit.interrupted;
  const rows = checked.map((each, index): Row => ({ ...each, ...live[index] }));
  show(invocation, {
    value: { namespace, mode: rules.mode, targets: rows, gaps },
    names: rows.filter(isGood).map(({ target }) => target),
    text: (wide) => renderTable(table(invocation), rows, wide) + rows.map(adviceText).join(''),
  });
  return rows.every(isGood) ? exit.ok : exit.no;
}

/** Without --live there is no answer. */
type Row = CheckedTarget & Partial<LiveAnswer>;

function isGood({ verdict, live }: Row): boolean {
  return verdict === 'allow' && (live === undefined || live.outcome === 'passed');
}

function noteMode({ io }: Invocation, namespace: string, mode: Mode): void {
  if (mode === 'observe')
    io.note(
      `note: ${namespace} is in observe mode: rules refuse nothing yet; this is what enforce mode would do\n`,
    );
  if (mode === 'none')
    io.note(
      `note: ${namespace} has not opted in: its pods do not use the proxy; this is what enforce mode would do\n`,
    );
}

const words = { allow: 'allow', deny: 'deny', somePods: 'some pods' } as const;
const tints = { allow: 'green', deny: 'red', somePods: 'yellow' } as const;

const liveTints = { passed: 'green', refused: 'red', failed: 'yellow' } as const;

function table({ io, has }: Invocation): Table<Row> {
  const columns: Table<Row> = [
    { heading: 'TARGET', cell: ({ target }) => target },
    {
      heading: 'VERDICT',
      cell: ({ verdict }) => words[verdict],
      paint: (text, { verdict }) => paint(io, tints[verdict], text),
    },
    { heading: 'REASON', cell: ({ reason }) => reason },
    { heading: 'RULE', cell: ({ rule = '' }) => rule },
  ];
  return has('live') ? [...columns, ...liveColumns(io)] : columns;
}

function liveColumns(io: Invocation['io']): Table<Row> {
  return [
    {
      heading: 'AGENT',
      cell: ({ agent }) => (agent === undefined ? 'unknown' : agentText(agent)),
    },
    { heading: 'ADDRESS', cell: ({ agent }) => agent?.resolvedIP ?? '', wide: true },
    { heading: 'ID', cell: ({ agent }) => agent?.id ?? '', wide: true },
    {
      heading: 'LIVE',
      // The text of a refusal is long, and follows the table.
      cell: ({ live }) => (live?.outcome === 'passed' ? live.message : (live?.outcome ?? '')),
      paint: (text, { live }) => (live === undefined ? text : paint(io, liveTints[live.outcome], text)),
    },
  ];
}

/** As it decided: the rules may have changed since, and a name may have resolved to an address that is refused. */
const agentText = (flow: Flow): string =>
  [verdictOf(flow), flow.rule ?? flow.reason ?? ''].join(' ').trimEnd();

function adviceText({ target, advice, nearest, live }: Row): string {
  const alike = nearest.length === 0 ? '' : ` Rules that look alike: ${nearest.join(', ')}.`;
  const rules = advice === undefined ? '' : `\n${target}: ${advice}${alike}\n`;
  const isKnown =
    live === undefined || live.outcome === 'passed' || (advice !== undefined && live.outcome === 'refused');
  return isKnown ? rules : `${rules}\n${target}, live: ${live.message}\n`;
}
