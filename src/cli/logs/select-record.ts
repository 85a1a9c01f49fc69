import type { AuditRecord } from '../../api/index.ts';

/** Which audit records are shown. */
export interface RecordFilter {
  /** Undefined: every namespace, and clients that are not pods. */
  namespace: string | undefined;
  /** The name of a pod, or `kind/name` of its workload. */
  client: string | undefined;
  /** Only what was refused, and in observe mode what enforce mode would refuse. */
  refused: boolean;
}

/** The audit record of a line, if it is one that the filter selects. An agent's log has its own messages, too. */
export function selectRecord(text: string, filter: RecordFilter): AuditRecord | undefined {
  const record = parseRecord(text);
  return record !== undefined && isSelected(record, filter) ? record : undefined;
}

export function isSelected(record: AuditRecord, { namespace, client, refused }: RecordFilter): boolean {
  if (namespace !== undefined && record.namespace !== namespace) return false;
  if (client !== undefined && !isOf(record, client)) return false;
  return !refused || record.verdict === 'deny' || record.wouldDeny === true;
}

function isOf({ pod, owner }: AuditRecord, client: string): boolean {
  return client.includes('/') ? owner?.toLowerCase() === client.toLowerCase() : pod === client;
}

function parseRecord(text: string): AuditRecord | undefined {
  // Most lines of a busy agent are records; the others are not worth parsing.
  if (!text.includes('"verdict":')) return undefined;
  try {
    const parsed = JSON.parse(text) as Partial<AuditRecord> | null;
    return typeof parsed?.verdict === 'string' && typeof parsed.target === 'string'
      ? (parsed as AuditRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
