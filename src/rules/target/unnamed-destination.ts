import type { DecisionReason } from '../../api/index.ts';

/**
 * The forwarder of transparent mode asks for these names where a program did not say where it wants to go: so that the
 * refusal has the pod, the audit line and the Event that every other one has. `.invalid` never resolves (RFC 6761).
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

/** Why a request for one of the names above is refused; undefined for any other name. */
export function refusalOfUnnamed(name: string): Unnamed | undefined {
  return Object.hasOwn(refusals, name) ? refusals[name] : undefined;
}
