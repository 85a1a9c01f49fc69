import type { ClusterEgressRuleSet, EgressRuleSet, EgressTargetGroup } from '../../api/index.ts';
import { labelsByOwner } from '../../cluster/index.ts';
import { listAllowed, resources } from '../../kube/index.ts';
import {
  changeRules,
  endedTunnels,
  type SimulatedTarget,
  simulateChange,
  withTargets,
} from '../../rule-changes/index.ts';
import { formatRule } from '../../rules/index.ts';
import { type Connection, gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { lintManifests, type ManifestFile, readManifest } from '../lint/index.ts';
import { formatMinute, outputFlag, paint, renderTable, show, type Table } from '../output/index.ts';
import { noteEnded } from '../server-names/index.ts';
import { noteGaps } from './note-gaps.ts';
import { readObserved, sinceFlag, sinceOf } from './observed.ts';
import { filenameFlag, readFiles } from './read-files.ts';

export const simulate: Command = {
  name: 'simulate',
  summary: 'Replay what a namespace requested against changed rules',
  description: `Decides what the pods of the namespace requested, as its EgressActivity has it, by the rules as they are and
    as they would be after the change, in enforce mode, and lists what would newly be refused and newly pass. Rule sets of
    the files replace those of the same name; ClusterEgressRuleSets and EgressTargetGroups are included.

    In observe mode, what passed and enforce mode would refuse counts as newly refused: with no file at all this is what a
    switch to enforce mode would break now. Tunnels that do not begin with TLS for their name are named: what becomes of them
    depends on tlsServerName.

    The exit code is 1 if a request would newly be refused, or a tunnel newly be ended.`,
  examples: [
    ['What a changed rule set would break', 'kubectl egress simulate -n my-app -f rules.yaml'],
    ['What it would break without a rule set', 'kubectl egress simulate -n my-app --without old-rules'],
    ['What enforce mode would break now', 'kubectl egress simulate -n my-app'],
  ],
  flags: [
    filenameFlag,
    {
      name: 'without',
      value: 'NAME',
      many: true,
      about: 'An EgressRuleSet of the namespace that is deleted. May be repeated.',
    },
    sinceFlag,
    { name: 'all', about: 'Lists the targets whose outcome stays the same, too.' },
    outputFlag,
  ],
  online: true,
  run: async (invocation) => {
    const put = invocation.texts('filename').length === 0 ? [] : readRuleSets(await readFiles(invocation));
    return withCluster(invocation, (connection) => run(invocation, connection, put));
  },
};

type RuleObject = EgressRuleSet | ClusterEgressRuleSet | EgressTargetGroup;

async function run(
  invocation: Invocation,
  { client, namespace }: Connection,
  put: RuleObject[],
): Promise<number> {
  const { rules, activity, gaps, tlsServerName } = await gatherRules(client, namespace);
  const observed = readObserved(activity, namespace, invocation);
  const remove = invocation.texts('without');
  const missing = remove.find((name) => !rules.ruleSets.some(({ metadata }) => metadata.name === name));
  if (missing !== undefined)
    throw new UsageError(
      `--without: there is no EgressRuleSet ${namespace}/${missing}: kubectl get egressrulesets -n ${namespace} lists them`,
    );
  const foreign = put.find(({ metadata }) => (metadata.namespace ?? namespace) !== namespace);
  if (foreign !== undefined)
    throw new UsageError(
      `${foreign.metadata.namespace}/${foreign.metadata.name} is of another namespace than ${namespace}: name that one with -n`,
    );
  const pods = await listAllowed(client, resources.pods, namespace);
  const simulated = simulateChange(rules, { put, remove }, observed, labelsByOwner(pods ?? []));
  const counted = activity?.status?.targets ?? [];
  const ended = endedTunnels(changeRules(rules, { put, remove }), counted, sinceOf(invocation));
  noteGaps(invocation.io, gaps);
  noteGaps(invocation.io, noteEnded(ended, tlsServerName));
  show(invocation, {
    value: {
      namespace,
      mode: rules.mode,
      targets: simulated.map(toValue),
      tlsServerName,
      endedTunnels: ended,
      gaps,
    },
    names: simulated
      .filter(({ outcome }) => outcome === 'newlyRefused')
      .map(({ observed: { target } }) => target),
    text: (wide) => render(invocation, simulated, wide),
  });
  const endsNewly =
    tlsServerName === 'Enforce' && rules.mode !== 'enforce' && ended.some(({ allowed }) => allowed);
  const breaks = endsNewly || simulated.some(({ outcome }) => outcome === 'newlyRefused');
  return breaks ? exit.no : exit.ok;
}

const ruleKinds: readonly string[] = ['EgressRuleSet', 'ClusterEgressRuleSet', 'EgressTargetGroup'];

/** The rule sets and target groups of the files. Throws UsageError if one has a fault: it would grant nothing. */
function readRuleSets(files: readonly ManifestFile[]): RuleObject[] {
  const { findings } = lintManifests(files);
  const fault = findings.find(({ severity }) => severity === 'error');
  if (fault !== undefined)
    throw new UsageError(
      `${fault.file}:${fault.line}: ${fault.message}; kubectl egress lint lists all faults`,
    );
  const ruleSets = files
    .flatMap((file) => readManifest(file).objects)
    .map(({ object }) => object as RuleObject)
    .filter(({ kind }) => ruleKinds.includes(kind));
  if (ruleSets.length === 0) throw new UsageError(`the files have none of ${ruleKinds.join(', ')}`);
  return ruleSets.map(withTargets);
}

function toValue({ observed, outcome, before, after }: SimulatedTarget) {
  return { ...observed, outcome, before: before.reason, after: after.reason, ...ruleOf(after) };
}

function ruleOf({ rule }: SimulatedTarget['after']): { rule?: string } {
  return rule === undefined ? {} : { rule: formatRule(rule) };
}

const words = {
  newlyRefused: 'newly refused',
  newlyPasses: 'newly passes',
  passes: 'passes',
  refused: 'still refused',
} as const;

function render({ io, has }: Invocation, simulated: readonly SimulatedTarget[], wide: boolean): string {
  const tints = { newlyRefused: 'red', newlyPasses: 'yellow', passes: 'green', refused: 'bold' } as const;
  const table: Table<SimulatedTarget> = [
    {
      heading: 'OUTCOME',
      cell: ({ outcome }) => words[outcome],
      paint: (text, { outcome }) => paint(io, tints[outcome], text),
    },
    { heading: 'TARGET', cell: ({ observed }) => observed.target },
    { heading: 'REQUESTS', cell: ({ observed }) => `${observed.count}` },
    { heading: 'LAST SEEN', cell: ({ observed }) => formatMinute(observed.lastSeen) },
    { heading: 'REASON', cell: ({ after }) => after.reason },
    { heading: 'RULE', cell: ({ after }) => ruleOf(after).rule ?? '', wide: true },
    { heading: 'WORKLOADS', cell: ({ observed }) => observed.owners.join(' ') },
  ];
  const order = Object.keys(words);
  const shown = simulated
    .filter(({ outcome }) => has('all') || outcome.startsWith('newly'))
    .toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  const counts = Object.entries(words).map(([outcome, word]) => {
    const number = simulated.filter((each) => each.outcome === outcome).length;
    return `${number} ${word}`;
  });
  return `${shown.length === 0 ? '' : renderTable(table, shown, wide)}${counts.join(', ')}\n`;
}
