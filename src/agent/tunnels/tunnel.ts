import type { AuditRecord } from '../../api/index.ts';
import type { EgressRequest } from '../../rules/index.ts';

/** A tunnel that was allowed and whose audit line has not been printed. */
export interface Tunnel {
  /** Of the decision; the audit line has it too. */
  id: string;
  /** As Squid sees it: with the proxy's own address and port this is the TCP connection. */
  client: { address: string; port: number };
  /** Undefined for a client that is no pod. */
  podUid: string | undefined;
  /** What was asked for. */
  request: Pick<EgressRequest, 'method' | 'host' | 'port' | 'scheme'>;
  /** The addresses that were judged; undefined where no name was resolved. */
  addresses: readonly string[] | undefined;
  /** What its audit line is going to say, as far as it is known. */
  known: AuditRecord;
  /** The rules as they are now would refuse it. */
  revoked: boolean;
}
