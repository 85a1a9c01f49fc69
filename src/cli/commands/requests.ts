import type { EgressRequest } from '../../api/index.ts';
import { listAllowed, resources } from '../../kube/index.ts';
import { type Connection, withCluster } from '../cluster/index.ts';
import { type Command, exit } from '../command-line/index.ts';
import { oneLine, outputFlag, renderTable, show, type Table } from '../output/index.ts';
import { noteGaps } from './note-gaps.ts';

export const requests: Command = {
  name: 'requests',
  summary: 'List requests for targets, those without an answer first',
  description: `Lists the EgressRequests of all namespaces, or with -n, or without the right to list all of them, those of one
    namespace. The state is Pending, Approved, Refused, Failed (approved, but the rule set could not be made: see its
    conditions) or Expired.`,
  examples: [
    ['What waits for an answer', 'kubectl egress requests --pending'],
    ['What has come of a request', 'kubectl egress requests -n shop -o wide'],
  ],
  flags: [{ name: 'pending', about: 'Only those without an answer.' }, outputFlag],
  online: true,
  run: (invocation) =>
    withCluster(invocation, async (connection) => {
      const { found, gaps } = await gather(connection, invocation.text('namespace'));
      noteGaps(invocation.io, gaps);
      const shown = found
        .filter(({ spec }) => !invocation.has('pending') || spec.approval === undefined)
        .sort(byUrgency);
      show(invocation, {
        value: shown,
        names: shown.map(({ metadata }) => `egressrequest.zalando.org/${metadata.name}`),
        text: (wide) => (shown.length === 0 ? 'no requests\n' : renderTable(table, shown, wide)),
      });
      return exit.ok;
    }),
};

async function gather(
  { client, namespace }: Connection,
  given: string | undefined,
): Promise<{ found: EgressRequest[]; gaps: string[] }> {
  const everywhere = given === undefined ? await listAllowed(client, resources.egressRequests) : undefined;
  if (everywhere !== undefined) return { found: everywhere, gaps: [] };
  const { items: found } = await client.list(resources.egressRequests, { namespace });
  const gaps =
    given === undefined ? [`you may not list the requests of all namespaces; this is ${namespace}`] : [];
  return { found, gaps };
}

/** Without an answer first, then the newest. */
function byUrgency(a: EgressRequest, b: EgressRequest): number {
  const isOpen = ({ spec }: EgressRequest) => Number(spec.approval === undefined);
  const createdAt = ({ metadata }: EgressRequest) => metadata.creationTimestamp ?? '';
  return isOpen(b) - isOpen(a) || createdAt(b).localeCompare(createdAt(a));
}

const table: Table<EgressRequest> = [
  { heading: 'NAMESPACE', cell: ({ metadata }) => metadata.namespace ?? '' },
  { heading: 'NAME', cell: ({ metadata }) => metadata.name },
  { heading: 'STATE', cell: ({ status }) => status?.state ?? 'Pending' },
  { heading: 'TARGETS', cell: ({ spec }) => spec.targets.join(',') },
  { heading: 'FOR', cell: ({ spec }) => spec.duration },
  { heading: 'REQUESTED BY', cell: ({ spec }) => spec.requestedBy },
  { heading: 'ANSWERED BY', cell: ({ spec }) => spec.approval?.by ?? '-' },
  { heading: 'EXPIRES', cell: ({ status }) => status?.expiresAt ?? '-' },
  { heading: 'RULE SET', cell: ({ status }) => status?.ruleSet ?? '-', wide: true },
  { heading: 'REASON', cell: ({ spec }) => oneLine(spec.reason), wide: true },
];
