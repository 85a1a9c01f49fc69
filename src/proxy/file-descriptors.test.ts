import { describe, expect, it } from 'vitest';
import type { EgressProxy } from '../api/index.ts';
import { fileDescriptors } from './file-descriptors.ts';

describe('fileDescriptors', () => {
  it.each<[string, EgressProxy['spec']['resources'], number]>([
    ['the default limit of 1 GiB', undefined, 24_576],
    ['a limit of the operator', { limits: { memory: '512Mi' } }, 11_468],
    ['a limit with a fraction', { limits: { memory: '1.5Gi' } }, 37_683],
    ['the most', { limits: { memory: '16Gi' } }, 65_536],
    ['the least', { limits: { memory: '80Mi' } }, 1024],
    ['no limit of memory', { requests: { memory: '1Gi' } }, 65_536],
    ['a quantity that cannot be read', { limits: { memory: '1e9' } }, 65_536],
  ])('%s', (_, resources, expected) => {
    const spec = { ...(resources !== undefined && { resources }) };
    const proxy: EgressProxy = {
      apiVersion: 'zalando.org/v1',
      kind: 'EgressProxy',
      metadata: { name: 'squid', namespace: 'egress-proxy' },
      spec,
    };
    expect(fileDescriptors(proxy)).toBe(expected);
  });
});
