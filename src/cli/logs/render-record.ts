import type { AuditRecord } from '../../api/index.ts';
import { plainText } from '../../counts/index.ts';
import type { Io } from '../io.ts';
import { formatCount, paint } from '../output/index.ts';

/** What became of a request, in a word or two. */
export function verdictOf({ verdict, wouldDeny }: AuditRecord): 'allow' | 'deny' | 'would deny' {
  return wouldDeny ? 'would deny' : verdict;
}

/** A record as one line for readers, its client's text made safe for a terminal. */
export function renderRecord(record: AuditRecord, io: Pick<Io, 'colors'>): string {
  const { time, method = '', target, url, id = '' } = record;
  const parts = [
    time,
    paintVerdict(record, io),
    clientOf(record),
    method,
    url === undefined ? target : url,
    explanationOf(record),
    outcomeOf(record),
    id,
  ];
  return `${parts
    .filter((part) => part !== '')
    .map((part, index) => (index === 1 ? part : plainText(part)))
    .join('  ')}\n`;
}

const tints = { deny: 'red', 'would deny': 'yellow' } as const;

function paintVerdict(record: AuditRecord, io: Pick<Io, 'colors'>): string {
  const verdict = verdictOf(record);
  const padded = verdict.padEnd('would deny'.length);
  return verdict === 'allow' ? padded : paint(io, tints[verdict], padded);
}

/** `namespace/pod`, or the address of a client that is no pod. */
export function clientOf({ namespace, pod, client = '' }: AuditRecord): string {
  if (pod !== undefined) return `${namespace}/${pod}`;
  return namespace === undefined ? client : `${namespace}/${client}`;
}

/** The reason, the rule if one decided, and the TLS server name if it is another one than was allowed. */
function explanationOf({ reason, rule, sni, target }: AuditRecord): string {
  const name = sni === undefined || target.startsWith(`${sni}:`) ? undefined : `server name ${sni}`;
  return [reason, rule, name].filter((part) => part !== undefined).join(' ');
}

/** How the request ended. */
function outcomeOf({ phase, status, upstream, durationMs, queries }: AuditRecord): string {
  const parts = [
    phase,
    status?.toString(),
    upstream === undefined ? undefined : `via ${upstream}`,
    queries === undefined ? undefined : formatCount(queries, 'query', 'queries'),
    `${durationMs}ms`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}
