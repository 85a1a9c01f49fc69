import { describe, expect, it } from 'vitest';
import { annotation, type EgressProxy, type Mode, type TlsServerName } from '../api/index.ts';
import { tlsServerNameOf } from './tls-server-name.ts';

function check(byProxy: TlsServerName | undefined, byNamespace: string | undefined, mode: Mode) {
  const proxy: EgressProxy = {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressProxy',
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec: byProxy === undefined ? {} : { tlsServerName: byProxy },
  };
  const annotations: Record<string, string> =
    byNamespace === undefined ? {} : { [annotation.tlsServerName]: byNamespace };
  return tlsServerNameOf(proxy, { metadata: { annotations } }, mode);
}

describe('tlsServerNameOf', () => {
  it.each([
    ['Ignore', undefined, 'Ignore'],
    ['Ignore', 'report', 'Report'],
    ['Ignore', 'enforce', 'Enforce'],
    ['Report', 'enforce', 'Enforce'],
    // A namespace opens nothing that the EgressProxy closes.
    ['Enforce', 'report', 'Enforce'],
    ['Enforce', 'ignore', 'Enforce'],
    ['Report', 'Enforce', 'Report'],
    ['Ignore', 'toString', 'Ignore'],
  ] as const)('EgressProxy %s, annotation %s: %s', (byProxy, byNamespace, expected) => {
    for (const mode of ['enforce', 'blocked'] as const)
      expect(check(byProxy, byNamespace, mode)).toBe(expected);
  });

  it('only reports in observe mode, and always does', () => {
    for (const byProxy of ['Ignore', 'Report', 'Enforce', undefined] as const)
      for (const byNamespace of ['report', 'enforce', undefined])
        expect(check(byProxy, byNamespace, 'observe')).toBe('Report');
  });
});
