import { expect, it } from 'vitest';
import { trimRuleSet } from './trim.ts';

it('keeps what identifies a rule set, and its spec', () => {
  const identity = { name: 'rules', namespace: 'my-app', uid: 'u1', generation: 3, resourceVersion: '7' };
  const head = { apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet' };
  const spec = { targets: ['a.example.com:443'] };
  const trimmed = trimRuleSet({
    ...head,
    metadata: {
      ...identity,
      labels: { team: 'x' },
      annotations: { large: 'x'.repeat(250_000) },
      managedFields: [{ manager: 'kubectl' }],
    },
    spec,
    status: { conditions: [] },
  });
  expect(trimmed).toEqual({ ...head, metadata: identity, spec });
});
