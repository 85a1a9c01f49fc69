import type { Approval, EgressRequest } from '../../api/index.ts';
import { findUserName, type KubeClient, resources } from '../../kube/index.ts';
import { type Connection, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Flag, type Invocation, UsageError } from '../command-line/index.ts';
import { oneLine, outputFlag, show } from '../output/index.ts';

const flags: Flag[] = [
  { name: 'reason', value: 'TEXT', about: 'Why, for those who asked.' },
  { ...outputFlag, choices: ['yaml', 'json', 'name'] },
];

export const approve: Command = {
  name: 'approve',
  summary: 'Approve a request for targets',
  description: `Approves an EgressRequest with your name. The controller then makes an EgressRuleSet that expires after the time
    that was asked for. It requires the verb approve on egressrequests in the namespace (ClusterRole kube-egress-approve).

    An approval never changes. To end what was approved, delete the request.`,
  examples: [
    ['What waits for an answer', 'kubectl egress requests'],
    ['Approve', 'kubectl egress approve vendor-support-example-com-tp7qs0 -n shop'],
  ],
  usage: 'NAME [--reason TEXT]',
  args: { least: 1, most: 1 },
  flags,
  online: true,
  run: (invocation) => answer(invocation, 'Approved'),
};

export const refuse: Command = {
  name: 'refuse',
  summary: 'Refuse a request for targets',
  description: `Refuses an EgressRequest with your name and the reason. It requires the verb approve on egressrequests in the
    namespace (ClusterRole kube-egress-approve).`,
  examples: [['Refuse', 'kubectl egress refuse any-tp7qs0 -n shop --reason "name the hosts"']],
  usage: 'NAME --reason TEXT',
  args: { least: 1, most: 1 },
  flags,
  online: true,
  run: (invocation) => {
    if (invocation.text('reason') === undefined)
      throw new UsageError('--reason is missing: say why, such as --reason "name the hosts"');
    return answer(invocation, 'Refused');
  },
};

function answer(invocation: Invocation, outcome: Approval['outcome']): Promise<number> {
  return withCluster(invocation, async (connection) => {
    const answered = await writeAnswer(connection, invocation, outcome);
    show(invocation, {
      value: answered,
      names: [`egressrequest.zalando.org/${answered.metadata.name}`],
      text: () => describe(answered),
    });
    return exit.ok;
  });
}

async function writeAnswer(
  { client, namespace }: Connection,
  { args: [name = ''], text }: Invocation,
  outcome: Approval['outcome'],
): Promise<EgressRequest> {
  const address = { namespace, name };
  const request: EgressRequest = await client.get(resources.egressRequests, address);
  const { approval } = request.spec;
  if (approval !== undefined)
    throw new UsageError(
      `${approval.by} has ${approval.outcome === 'Approved' ? 'approved' : 'refused'} the request ${name} already, and an approval never changes`,
    );
  const { uid, resourceVersion } = request.metadata;
  const reason = text('reason');
  const by = (await findUserName(client)) ?? '';
  return patch(client, address, {
    // Of the request as it was read: not of another one that has taken its name meanwhile.
    metadata: { uid, resourceVersion },
    spec: { approval: { outcome, by, ...(reason !== undefined && { reason }) } },
  });
}

const patch = (
  client: KubeClient,
  address: { namespace: string; name: string },
  change: object,
): Promise<EgressRequest> => client.patch(resources.egressRequests, address, change);

function describe({ metadata, spec }: EgressRequest): string {
  const { namespace, name } = metadata;
  const { targets, duration, requestedBy, reason, approval } = spec;
  const asked = `${requestedBy} asked for ${targets.join(', ')} for ${duration} in ${namespace}: ${oneLine(reason)}`;
  if (approval?.outcome !== 'Approved') return `egressrequest.zalando.org/${name} refused\n${asked}\n`;
  return `egressrequest.zalando.org/${name} approved\n${asked}\nto end it early: kubectl delete egressrequest ${name} -n ${namespace}\n`;
}
