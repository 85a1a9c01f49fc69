import type { Mode } from '../../api/index.ts';
import { type KubeClient, resources } from '../../kube/index.ts';
import { type CheckedTarget, checkTargets, readTarget } from '../check/index.ts';
import { gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { outputFlag, paint, renderTable, show, type Table } from '../output/index.ts';
import { noteGaps } from './note-gaps.ts';

export const check: Command = {
  name: 'check',
  summary: 'Check whether a namespace may reach targets, and why',
  description: `Decides with the agents' own code and the rules as they are now, as enforce mode would. It reads the
    rules from the API server and sends nothing to the targets.

    A name that is allowed here can still be refused when it is resolved: to an address that is not public, or one that a
    ClusterEgressRuleSet denies.

    The role "view" in the namespace is enough. What else the answer depends on and you may not read (EgressProxies,
    ClusterEgressRuleSets) is named on stderr.`,
  examples: [
    ['Whether pods of my-app may reach a target', 'kubectl egress check my-app api.example.com:443'],
    [
      'For one pod, whose labels a podSelector may select',
      'kubectl egress check my-app/api-7d9f-x2x https://api.example.com/v1',
    ],
    ['Fail in CI if a target is refused', 'kubectl egress check my-app registry.npmjs.org pypi.org'],
  ],
  usage: 'NAMESPACE[/POD] TARGET...',
  args: { least: 2, most: Number.POSITIVE_INFINITY },
  flags: [outputFlag],
  online: true,
  run: (invocation) => {
    const [place = '', ...texts] = invocation.args;
    const targets = texts.map(readTarget);
    const [namespace = '', pod] = place.split('/');
    return withCluster(invocation, async ({ client }) => {
      const { rules, gaps } = await gatherRules(client, namespace);
      const labels = pod === undefined ? undefined : await labelsOf(client, namespace, pod);
      const checked = checkTargets(rules, targets, labels);
      noteGaps(invocation.io, gaps);
      noteMode(invocation, namespace, rules.mode);
      show(invocation, {
        value: { namespace, mode: rules.mode, targets: checked, gaps },
        names: checked.filter(({ verdict }) => verdict === 'allow').map(({ target }) => target),
        text: (wide) => renderTable(table(invocation), checked, wide) + adviceText(checked),
      });
      return checked.every(({ verdict }) => verdict === 'allow') ? exit.ok : exit.no;
    });
  },
};

async function labelsOf(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<Record<string, string>> {
  const pod = await client.find(resources.pods, { namespace, name });
  if (pod === undefined) throw new UsageError(`there is no pod "${name}" in namespace ${namespace}`);
  return pod.metadata.labels ?? {};
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

function table({ io }: Invocation): Table<CheckedTarget> {
  return [
    { heading: 'TARGET', cell: ({ target }) => target },
    {
      heading: 'VERDICT',
      cell: ({ verdict }) => words[verdict],
      paint: (text, { verdict }) => paint(io, tints[verdict], text),
    },
    { heading: 'REASON', cell: ({ reason }) => reason },
    { heading: 'RULE', cell: ({ rule = '' }) => rule },
  ];
}

function adviceText(checked: readonly CheckedTarget[]): string {
  return checked
    .filter(({ advice }) => advice !== undefined)
    .map(({ target, advice, nearest }) => {
      const alike = nearest.length === 0 ? '' : ` Rules that look alike: ${nearest.join(', ')}.`;
      return `\n${target}: ${advice}${alike}\n`;
    })
    .join('');
}
