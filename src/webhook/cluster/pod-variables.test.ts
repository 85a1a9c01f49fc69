import { describe, expect, it } from 'vitest';
import { annotation, label } from '../../api/index.ts';
import { clusterFixture, egressProxy, namespace } from './cluster.fixture.ts';

describe('PodVariables', () => {
  it('keeps no more of a pod’s annotation than it reads', () => {
    const { cluster } = clusterFixture();
    const myApp = namespace('my-app', { [label.mode]: 'enforce' });
    const proxy = egressProxy('squid', { isDefault: true });
    const variablesOf = (entries: readonly string[]) => {
      const annotations = { [annotation.noProxy]: entries.join(',') };
      return cluster.variables(myApp, proxy, { metadata: { annotations }, spec: {} });
    };
    const read = Array.from({ length: 256 }, (_, at) => `n${at}.example`);
    expect(variablesOf([...read, 'one.example'])).toBe(variablesOf([...read, 'other.example']));
    expect(variablesOf(read.with(255, 'one.example'))).not.toBe(variablesOf(read));
  });
});
