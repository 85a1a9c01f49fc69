import type { AuditRecord } from '../../api/index.ts';
import { ApiError } from '../../kube/index.ts';
import { systemClock } from '../../time/index.ts';
import { type Connection, readAgentLogs, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation } from '../command-line/index.ts';
import { explainError } from '../explain-error.ts';
import { renderRecord, selectRecord } from '../logs/index.ts';
import { outputFlag, renderJsonLine } from '../output/index.ts';
import { readDuration } from '../suggest/index.ts';
import { NOT_OF_TEAMS, proxyPods, readFilter, requestFlags } from './select-requests.ts';

export const logs: Command = {
  name: 'logs',
  summary: 'Print the audit log of a namespace: each request, from all pods of its proxy',
  description: `Prints the audit records of a namespace's requests from the logs of all pods of its proxy, in the order in
    which they were printed: a tunnel when it closed. With -f it continues with what comes; a proxy pod that is replaced or restarted loses no record and repeats none.

    Nodes have the newest log file of each container only (10 MiB, if the kubelet has its defaults). Older records are where
    your log collector stores them.

    It needs the right to get pods/log in the namespace of the proxy, whose log has the requests of every namespace. A team
    without it uses kubectl egress top and explain, or the dashboard.`,
  examples: [
    ['What a namespace requested', 'kubectl egress logs -n my-app'],
    ['What is refused, as it comes', 'kubectl egress logs -f -n my-app --refused --since 1m'],
    ['Of one workload, for a script', 'kubectl egress logs -n my-app deployment/api -o json'],
    ['Of the whole cluster', 'kubectl egress logs -f -A --refused --since 1m'],
  ],
  usage: '[POD|KIND/NAME]',
  args: { least: 0, most: 1 },
  flags: [
    { name: 'follow', short: 'f', about: 'Continues with what comes, until Ctrl-C.' },
    {
      name: 'since',
      value: 'DURATION',
      about: 'Only records that were printed within it, such as 90s or 2h. Default: all that the nodes have.',
    },
    ...requestFlags,
    { ...outputFlag, choices: ['json'], about: 'The format: one JSON object a line. Default: text.' },
  ],
  online: true,
  run: (invocation) =>
    withCluster(invocation, async (connection) => {
      try {
        return await printRecords(invocation, connection);
      } catch (error) {
        if (error instanceof ApiError && error.status === 403) invocation.io.note(NOT_OF_TEAMS);
        throw error;
      }
    }),
};

async function printRecords(invocation: Invocation, connection: Connection): Promise<number> {
  const { io, has, text } = invocation;
  const since = text('since');
  const from = since === undefined ? undefined : io.now() - readDuration(since, '--since');
  const filter = readFilter(invocation, connection);
  const follow = has('follow');
  const render =
    text('output') === 'json' ? renderJsonLine : (record: AuditRecord) => renderRecord(record, io);
  let isComplete = true;
  const records = readAgentLogs({
    client: connection.client,
    clock: systemClock,
    pods: await proxyPods(invocation, connection.client, filter),
    since: from === undefined ? undefined : `${new Date(from).toISOString().slice(0, 19)}Z`,
    follow,
    select: (line) => selectRecord(line, filter),
    onFailure: (pod, error) => {
      isComplete &&= follow;
      const then = follow ? 'the log continues from there' : 'its records are missing';
      io.note(`${follow ? 'note' : 'error'}: ${pod}: ${explainError(error)}; ${then}\n`);
    },
    signal: io.interrupted(),
  });
  for await (const record of records) io.print(render(record));
  return isComplete ? exit.ok : exit.unanswered;
}
