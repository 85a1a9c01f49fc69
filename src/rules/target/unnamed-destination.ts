import type { DecisionReason } from '../../api/index.ts';

/**
 * Names that the forwarder of transparent mode requests if a program sends no name. So the denial has a pod, an audit
 * record and an Event, as any other has. `.invalid` never resolves (RFC 6761).
 */
export const unnamed = {
  notTls: 'not-tls.kube-egress.invalid',
  noServerName: 'no-server-name.kube-egress.invalid',
  encryptedServerName: 'encrypted-server-name.kube-egress.invalid',
  noHost: 'no-host.kube-egress.invalid',
} as const;

type Unnamed = { reason: DecisionReason; detail: string };

const refusals: Readonly<Record<string, Unnamed>> = {
  [unnamed.notTls]: { reason: 'NameMissing', detail: 'no TLS on port 443' },
  [unnamed.noServerName]: { reason: 'NameMissing', detail: 'TLS without a server name (SNI)' },
  [unnamed.encryptedServerName]: {
    reason: 'NameEncrypted',
    detail: 'TLS with an encrypted server name (ECH)',
  },
  [unnamed.noHost]: { reason: 'NameMissing', detail: 'HTTP without a Host header' },
};

/** Why a request for one of these names is denied; undefined for any other name. */
export function refusalOfUnnamed(name: string): Unnamed | undefined {
  return Object.hasOwn(refusals, name) ? refusals[name] : undefined;
}
