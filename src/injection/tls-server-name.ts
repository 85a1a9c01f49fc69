import {
  annotation,
  DEFAULT_TLS_SERVER_NAME,
  type EgressProxy,
  type Mode,
  type TlsServerName,
} from '../api/index.ts';

const byAnnotation: ReadonlyMap<string | undefined, TlsServerName> = new Map([
  ['report', 'Report'],
  ['enforce', 'Enforce'],
]);
const strictness = { Ignore: 0, Report: 1, Enforce: 2 } as const;

/**
 * What happens to a tunnel of a namespace's pods that does not begin with TLS for the name that was allowed: what the
 * EgressProxy or the namespace's annotation says, whichever is stricter. Observe mode ends no tunnel, and always reports.
 */
export function tlsServerNameOf(
  { spec }: EgressProxy,
  { metadata }: { metadata: { annotations?: Record<string, string> } },
  mode: Mode,
): TlsServerName {
  if (mode === 'observe') return 'Report';
  const byProxy = spec.tlsServerName ?? DEFAULT_TLS_SERVER_NAME;
  const byNamespace = byAnnotation.get(metadata.annotations?.[annotation.tlsServerName]) ?? 'Ignore';
  return strictness[byNamespace] > strictness[byProxy] ? byNamespace : byProxy;
}
