import type { ActivityTarget } from '../../api/index.ts';
import { type KubeClient, resources } from '../../kube/index.ts';
import { readTarget } from '../check/index.ts';
import { type Connection, gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { type ExplainedTarget, explainTarget, refusedTarget } from '../explain/index.ts';
import { formatCount, formatMinute, outputFlag, show } from '../output/index.ts';
import { noteGaps } from './note-gaps.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'Explain a refusal by its id, or a target',
  description: `Explains the refusal with an id, which the client got in the header X-Egress-Decision, or a target: what the
    rules say now and by which rule, what to add, and what was observed.

    An id is looked up in the Events of the namespace, which have the first refusal of each pod and target in an hour. The
    role "view" in the namespace is enough.`,
  examples: [
    ['By the id of a refusal', 'kubectl egress explain -n my-app 3f9c2a71d0-1x'],
    ['By a target', 'kubectl egress explain -n my-app api.example.com:443'],
  ],
  usage: 'ID|TARGET',
  args: { least: 1, most: 1 },
  flags: [{ ...outputFlag, choices: ['json', 'yaml'] }],
  online: true,
  run: (invocation) => withCluster(invocation, (connection) => run(invocation, connection)),
};

async function run(invocation: Invocation, { client, namespace }: Connection): Promise<number> {
  const [asked = ''] = invocation.args;
  const refusal = isId(asked) ? await findRefusal(client, namespace, asked) : undefined;
  const target = readTarget(refusedTarget(refusal?.message ?? '') ?? asked);
  const { rules, activity, gaps } = await gatherRules(client, namespace);
  const explained = explainTarget(rules, target, activity?.status?.targets ?? []);
  noteGaps(invocation.io, gaps);
  show(invocation, {
    value: { ...(refusal !== undefined && { refusal }), ...explained },
    names: [],
    text: () => render(explained, refusal),
  });
  return explained.now.verdict === 'allow' ? exit.ok : exit.no;
}

/** An id has neither a dot nor a colon, and every target that a rule can name has one. */
function isId(text: string): boolean {
  return !/[.:/]/.test(text);
}

interface RecordedRefusal {
  /** RFC 3339. */
  time: string | undefined;
  message: string;
}

async function findRefusal(client: KubeClient, namespace: string, id: string): Promise<RecordedRefusal> {
  for await (const { items } of client.pages(resources.events, { namespace })) {
    const found = items.find(({ message }) => message?.includes(`[id ${id}]`));
    // A tenant can write Events: no character of one may act in the terminal.
    if (found !== undefined)
      return { time: found.lastTimestamp, message: (found.message ?? '').replace(/\p{C}/gu, '?') };
  }
  throw new UsageError(
    `no Event of namespace ${namespace} has the id ${id}: Events have only the first refusal of a pod and target in an hour; the audit log has all: kubectl egress logs -n ${namespace} | grep ${id}`,
  );
}

function render({ target, now, ruleText, observed }: ExplainedTarget, refusal?: RecordedRefusal): string {
  const verdict = now.verdict === 'somePods' ? 'allow for some pods' : now.verdict;
  const rule =
    now.rule === undefined ? '' : ` by ${now.rule}${ruleText === undefined ? '' : ` "${ruleText}"`}`;
  return [
    ...(refusal === undefined ? [] : [`Refused at ${refusal.time ?? 'an unknown time'}: ${refusal.message}`]),
    `Now: ${target}: ${verdict} (${now.reason})${rule}`,
    ...(now.advice === undefined ? [] : [now.advice]),
    ...(now.nearest.length === 0 ? [] : [`Rules that look alike: ${now.nearest.join(', ')}`]),
    ...(observed.length === 0 ? ['Observed: no request'] : ['Observed:', ...observed.map(renderObserved)]),
    '',
  ].join('\n');
}

function renderObserved({
  lastSeen,
  verdict,
  wouldDeny,
  reason = '',
  tlsFault,
  count,
  owners = [],
}: ActivityTarget): string {
  const would = wouldDeny ? ' (enforce mode would deny)' : '';
  const fault = tlsFault === undefined || tlsFault === reason ? '' : ` and ${tlsFault}`;
  return `  ${formatMinute(lastSeen)}  ${verdict}${would}  ${reason}${fault}  ${formatCount(count, 'request')}  ${owners.join(' ')}`.trimEnd();
}
