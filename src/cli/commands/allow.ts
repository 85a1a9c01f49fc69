import type { EgressRuleSet } from '../../api/index.ts';
import { pathOf, resources } from '../../kube/index.ts';
import { changeRules, type NamespaceRules } from '../../rule-changes/index.ts';
import { parseTarget } from '../../rules/index.ts';
import { planException } from '../allow/index.ts';
import { type CheckedTarget, checkTargets, readTarget } from '../check/index.ts';
import { gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { outputFlag, show } from '../output/index.ts';
import { readDuration } from '../suggest/index.ts';
import { noteGaps } from './note-gaps.ts';

export const allow: Command = {
  name: 'allow',
  summary: 'Allow targets for a while: an exception that ends by itself',
  description: `Creates an EgressRuleSet with the targets, the moment at which it expires, and the reason. The proxies end it at that
    moment, whether or not the API server is reachable. To change the end, edit spec.expiresAt; to end it now, delete it.

    It refuses a target that the rule set could not allow, such as one that a ClusterEgressRuleSet denies.`,
  examples: [
    [
      'For an incident',
      'kubectl egress allow shop vendor-support.example.com --for 2h --reason "incident 4711"',
    ],
    [
      'Only for some pods',
      'kubectl egress allow shop "*.example.org:443" --for 1d --reason "load test" --selector app=api',
    ],
    ['Exceptions and their ends', 'kubectl get egressrulesets -n shop'],
  ],
  usage: 'NAMESPACE TARGET... --for DURATION --reason TEXT',
  args: { least: 2, most: Number.POSITIVE_INFINITY },
  flags: [
    { name: 'for', value: 'DURATION', about: 'For how long, such as 90m, 2h or 7d.' },
    { name: 'reason', value: 'TEXT', about: 'Why, for those who read the rule set later.' },
    { name: 'selector', short: 'l', value: 'SELECTOR', about: 'Only for these pods. Default: all of them.' },
    {
      name: 'name',
      value: 'NAME',
      about: 'The name of the rule set. Default: from the first target and the time.',
    },
    { name: 'dry-run', about: 'The API server and the webhook validate it, and nothing is stored.' },
    { ...outputFlag, choices: ['yaml', 'json', 'name'] },
  ],
  online: true,
  run: (invocation) => {
    const { io, has } = invocation;
    const ruleSet = readRequest(invocation);
    const { namespace = '' } = ruleSet.metadata;
    return withCluster(invocation, async ({ client }) => {
      const { rules, gaps } = await gatherRules(client, namespace, io.now());
      noteGaps(io, gaps);
      const refused = stillRefused(rules, ruleSet);
      for (const { target, reason, advice = '' } of refused)
        io.note(`error: ${target} would still be refused (${reason}): ${advice}\n`);
      if (refused.length > 0) return exit.no;
      const dryRun = has('dry-run');
      const created = await client.raw<EgressRuleSet>(pathOf(resources.egressRuleSets, { namespace }), {
        method: 'POST',
        body: ruleSet,
        query: { dryRun: dryRun ? 'All' : undefined, fieldManager: 'kubectl-egress' },
      });
      show(invocation, {
        value: created,
        names: [`egressruleset.zalando.org/${created.metadata.name}`],
        text: () => describe(created, dryRun),
      });
      return exit.ok;
    });
  },
};

function readRequest({ args, text, io }: Invocation): EgressRuleSet {
  const [namespace = '', ...targets] = args;
  const [duration, reason] = [text('for'), text('reason')];
  if (duration === undefined)
    throw new UsageError(
      '--for is missing: say for how long, such as --for 2h; for a rule without an end, add the target to a rule set',
    );
  if (reason === undefined || reason.trim() === '')
    throw new UsageError('--reason is missing: say why, such as --reason "incident 4711"');
  return planException({
    namespace,
    targets,
    now: io.now(),
    forMs: readDuration(duration, '--for'),
    reason,
    selector: text('selector'),
    name: text('name'),
  });
}

/** The targets that are refused although the rule set exists. A pattern or a range is no destination that could be checked. */
function stillRefused(rules: NamespaceRules, ruleSet: EgressRuleSet): CheckedTarget[] {
  const isDestination = (text: string) => {
    const parsed = parseTarget(text);
    return parsed.ok && parsed.target.kind === 'exact';
  };
  const targets = ruleSet.spec.targets.filter(isDestination).map(readTarget);
  return checkTargets(changeRules(rules, { put: [ruleSet] }), targets).filter(
    ({ verdict }) => verdict === 'deny',
  );
}

function describe({ metadata, spec }: EgressRuleSet, dryRun: boolean): string {
  const { namespace, name } = metadata;
  return [
    `egressruleset.zalando.org/${name} created${dryRun ? ' (server dry run)' : ''}`,
    `${namespace} may reach ${spec.targets.join(', ')} until ${spec.expiresAt}`,
    `to end it now: kubectl delete egressruleset ${name} -n ${namespace}`,
    '',
  ].join('\n');
}
