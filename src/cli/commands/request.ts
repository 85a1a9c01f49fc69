import { API_VERSION, type EgressRequest, type EgressRuleSet } from '../../api/index.ts';
import { findUserName, resources } from '../../kube/index.ts';
import { planRequest } from '../allow/index.ts';
import { withCluster } from '../cluster/index.ts';
import type { Command } from '../command-line/index.ts';
import { createException } from './create-exception.ts';
import { exceptionFlags, readExceptionFlags } from './exception-flags.ts';

export const request: Command = {
  name: 'request',
  summary: 'Ask for targets for a while; a user who may approve answers',
  description: `Creates an EgressRequest. It has no effect until a user with the verb approve on egressrequests approves it; then the
    controller makes an EgressRuleSet that expires after the time. To see what has come of it: kubectl egress requests.

    It refuses a target that the rule set could not allow, such as one that a ClusterEgressRuleSet denies.`,
  examples: [
    [
      'For an incident',
      'kubectl egress request shop vendor-support.example.com --for 2h --reason "incident 4711"',
    ],
    ['Until it is answered', 'kubectl egress requests -n shop'],
  ],
  usage: 'NAMESPACE TARGET... --for DURATION --reason TEXT',
  args: { least: 2, most: Number.POSITIVE_INFINITY },
  flags: exceptionFlags('request'),
  online: true,
  run: (invocation) => {
    const exception = readExceptionFlags(invocation);
    // Before the cluster is asked: what is wrong with the command line.
    planRequest({ ...exception, requestedBy: '' });
    return withCluster(invocation, async ({ client }) => {
      const object = planRequest({ ...exception, requestedBy: (await findUserName(client)) ?? '' });
      const ruleSet = ruleSetOf(object);
      return createException(invocation, client, {
        resource: resources.egressRequests,
        object,
        ruleSet,
        describe,
      });
    });
  },
};

/** What an approval would make, as far as rules decide by it. */
function ruleSetOf({ metadata, spec }: EgressRequest): EgressRuleSet {
  const { targets, podSelector } = spec;
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata,
    spec: { targets, ...(podSelector && { podSelector }) },
  };
}

function describe({ metadata, spec }: EgressRequest, dryRun: boolean): string {
  const { namespace, name } = metadata;
  return [
    `egressrequest.zalando.org/${name} created${dryRun ? ' (server dry run)' : ''}`,
    `it asks for ${spec.targets.join(', ')} for ${spec.duration}, and has no effect until it is approved`,
    `to approve it: kubectl egress approve ${name} -n ${namespace}`,
    '',
  ].join('\n');
}
