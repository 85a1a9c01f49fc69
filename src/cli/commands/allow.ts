import type { EgressRuleSet } from '../../api/index.ts';
import { resources } from '../../kube/index.ts';
import { planException } from '../allow/index.ts';
import { withCluster } from '../cluster/index.ts';
import type { Command } from '../command-line/index.ts';
import { readDuration } from '../suggest/index.ts';
import { createException } from './create-exception.ts';
import { exceptionFlags, readExceptionFlags } from './exception-flags.ts';

export const allow: Command = {
  name: 'allow',
  summary: 'Allow targets for a while: an exception that ends by itself',
  description: `Creates an EgressRuleSet with the targets, the moment at which it expires, and the reason. The proxies end it at that
    moment, whether or not the API server is reachable. To change the end, edit spec.expiresAt; to end it now, delete it.

    It refuses a target that the rule set could not allow, such as one that a ClusterEgressRuleSet denies. Without the right to
    create rule sets, ask for an exception: kubectl egress request.`,
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
  flags: exceptionFlags('rule set'),
  online: true,
  run: (invocation) => {
    const { duration, ...exception } = readExceptionFlags(invocation);
    const ruleSet = planException({ ...exception, forMs: readDuration(duration, '--for') });
    const made = { resource: resources.egressRuleSets, object: ruleSet, ruleSet, describe };
    return withCluster(invocation, ({ client }) => createException(invocation, client, made));
  },
};

function describe({ metadata, spec }: EgressRuleSet, dryRun: boolean): string {
  const { namespace, name } = metadata;
  return [
    `egressruleset.zalando.org/${name} created${dryRun ? ' (server dry run)' : ''}`,
    `${namespace} may reach ${spec.targets.join(', ')} until ${spec.expiresAt}`,
    `to end it now: kubectl delete egressruleset ${name} -n ${namespace}`,
    '',
  ].join('\n');
}
