import { plain } from './plain.ts';

/** Who blocked a namespace (`mode: blocked`), when and why, as far as the namespace shows it. */
export interface Block {
  /** RFC 3339: when the field manager last wrote the label. */
  since: string | undefined;
  /** The field manager that wrote the label: a name that the client chose, such as `kubectl-label`. */
  manager: string | undefined;
  /** The annotation blocked-reason. */
  reason: string | undefined;
}

/** Characters of the reason; the X-Egress-Decision header has room for 1,024 in all. */
const LONGEST_REASON = 200;

/** `blocked since 2026-11-28T17:00:00Z by kubectl-label`: the predicate of a sentence about a namespace. */
export function describeBlock({ since, manager }: Block): string {
  const when = since === undefined ? '' : ` since ${plain(since)}`;
  return `blocked${when}${manager === undefined ? '' : ` by ${plain(manager)}`}`;
}

/** The reason as one line of printable ASCII. */
export function blockReason({ reason }: Block): string | undefined {
  return reason === undefined || reason.trim() === ''
    ? undefined
    : plain(reason.trim()).slice(0, LONGEST_REASON);
}
