import { endedTunnels, type Suggestion, suggestRuleSet } from '../../rule-changes/index.ts';
import { type Connection, gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Flag, type Invocation, UsageError } from '../command-line/index.ts';
import { outputFlag, show } from '../output/index.ts';
import { noteEnded } from '../server-names/index.ts';
import { noteLeftOut, renderDifference, renderSuggestion, suggestedRuleSet } from '../suggest/index.ts';
import { noteGaps } from './note-gaps.ts';
import { readObserved, sinceFlag, sinceOf } from './observed.ts';

const FIELD_MANAGER = 'kubectl-egress';
const DEFAULT_NAME = 'suggested';
/** Names below one domain from which a wildcard replaces them. */
const GROUP_FROM = 5;

const flags: Flag[] = [
  sinceFlag,
  { name: 'name', value: 'NAME', about: `The rule set. What it has stays. Default: ${DEFAULT_NAME}.` },
  {
    name: 'include-refused',
    about: 'Suggests targets that were refused, too. Read them: an attacker may have asked for one.',
  },
  {
    name: 'group-from',
    value: 'NUMBER',
    about: `Replaces this many names directly below one domain by a wildcard, if the domain has one owner. 0 never does. Default: ${GROUP_FROM}.`,
  },
  { name: 'prune', about: 'Leaves out targets of the rule set that no request has used.' },
  {
    name: 'diff',
    about:
      'Prints what would be added to the rule set and removed from it. The exit code is 1 if that is anything.',
  },
  { name: 'apply', about: 'Applies the rule set.' },
  {
    name: 'dry-run',
    about: 'With --apply: the API server and the webhook validate it, and nothing is stored.',
  },
  {
    name: 'force-conflicts',
    about: 'With --apply: takes over the targets of a rule set that another manager, such as GitOps, owns.',
  },
  { ...outputFlag, choices: ['yaml', 'json'] },
];

export const suggest: Command = {
  name: 'suggest',
  summary: 'Write a rule set from what a namespace requested',
  description: `Prints an EgressRuleSet that allows what the pods of the namespace requested, as its EgressActivity has it,
    with how often and when as comments. Targets that other rules allow are not repeated.

    Names are exact. Many names directly below one domain become a wildcard, but only if the domain has one owner: never
    across a public suffix such as co.uk, github.io or blob.core.windows.net, and never below a domain where customers of a
    service get names.

    Requests that were refused are left out, unless --include-refused is given.`,
  examples: [
    ['Read the suggestion', 'kubectl egress suggest -n my-app'],
    ['See what it would add to a rule set', 'kubectl egress suggest -n my-app --name rules --diff'],
    [
      'What it would change for the requests of the last week',
      'kubectl egress suggest -n my-app | kubectl egress simulate -n my-app --since 7d -f -',
    ],
    ['Apply it', 'kubectl egress suggest -n my-app --apply'],
  ],
  flags,
  online: true,
  run: (invocation) => withCluster(invocation, (connection) => run(invocation, connection)),
};

async function run(invocation: Invocation, { client, namespace }: Connection): Promise<number> {
  const { io, has, text } = invocation;
  const { rules, activity, gaps, tlsServerName } = await gatherRules(client, namespace);
  const name = text('name') ?? DEFAULT_NAME;
  const own = rules.ruleSets.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
  if (own?.spec.podSelector !== undefined)
    throw new UsageError(
      `${namespace}/${name} has a podSelector, and the suggestion is for all pods: name another rule set with --name`,
    );
  const suggestion = suggestRuleSet({
    rules,
    name,
    observed: readObserved(activity, namespace, invocation),
    includeRefused: has('include-refused'),
    groupFrom: readGroupFrom(text('group-from')),
    prune: has('prune'),
  });
  noteGaps(io, gaps);
  noteGaps(io, noteLeftOut(suggestion, activity?.status?.dropped ?? 0));
  const ended = endedTunnels(rules, activity?.status?.targets ?? [], sinceOf(invocation));
  noteGaps(io, noteEnded(ended, tlsServerName));
  if (has('diff')) return printDifference(invocation, suggestion);
  const ruleSet = suggestedRuleSet(suggestion, { namespace, name });
  if (ruleSet === undefined) {
    io.note('note: there is nothing to suggest: no other target was requested\n');
    return exit.ok;
  }
  if (!has('apply')) {
    show(invocation, {
      value: ruleSet,
      names: [],
      text: () => renderSuggestion(suggestion, { namespace, name }),
    });
    return exit.ok;
  }
  const dryRun = has('dry-run');
  await client.apply(ruleSet, { fieldManager: FIELD_MANAGER, force: has('force-conflicts'), dryRun });
  io.print(`egressruleset.zalando.org/${name} applied${dryRun ? ' (server dry run)' : ''}\n`);
  return exit.ok;
}

function printDifference({ io }: Invocation, suggestion: Suggestion): number {
  const difference = renderDifference(suggestion);
  io.print(difference);
  return difference === '' ? exit.ok : exit.no;
}

function readGroupFrom(text: string | undefined): number {
  if (text === undefined) return GROUP_FROM;
  if (!/^\d{1,4}$/.test(text))
    throw new UsageError(`--group-from: "${text}" is no number: write one from 0 to 9999`);
  return Number(text);
}
