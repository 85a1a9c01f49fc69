import type { AuditRecord } from '../../api/index.ts';
import type { ProxyRequest } from '../../rules/index.ts';

/** A tunnel that was allowed and whose audit line has not been printed. */
export interface Tunnel {
  /** Identifier of the decision, as in the audit line. */
  id: string;
  /** The client's end of the TCP connection, as Squid sees it. */
  client: { address: string; port: number };
  /** Undefined for a client that is not a pod. */
  podUid: string | undefined;
  /** The request that opened it. */
  request: Pick<ProxyRequest, 'method' | 'host' | 'port' | 'scheme'>;
  /** The addresses that were checked; undefined if no name was resolved. */
  addresses: readonly string[] | undefined;
  /** Its audit line, as far as it is known. */
  known: AuditRecord;
  /** Whether the current rules would deny it. */
  revoked: boolean;
}
