import { expect, it } from 'vitest';
import { label } from '../api/index.ts';
import { validateEgressRuleSet } from '../rules/index.ts';
import { trimNamespace, trimRuleSet } from './trim.ts';

it('keeps what identifies a rule set, and its spec', () => {
  const identity = {
    name: 'rules',
    namespace: 'my-app',
    uid: 'u1',
    generation: 3,
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
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
    spec: { ...spec, reason: 'x'.repeat(1024) },
    status: { conditions: [] },
  });
  expect(trimmed).toEqual({ ...head, metadata: identity, spec });
});

it('keeps who wrote the mode label of a blocked namespace last, and of no other one', () => {
  const namespace = (mode: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'my-app',
      labels: { [label.mode]: mode },
      managedFields: [
        { manager: 'old', time: '2026-11-27T00:00:00Z', fieldsV1: modeField },
        { manager: 'kubectl-label', time: '2026-11-28T00:00:00Z', fieldsV1: modeField },
        { manager: 'other', time: '2026-11-29T00:00:00Z', fieldsV1: { 'f:metadata': { 'f:labels': {} } } },
        { manager: 'none', time: '2026-11-30T00:00:00Z' },
      ],
    },
  });
  const modeField = { 'f:metadata': { 'f:labels': { [`f:${label.mode}`]: {} } } };
  expect(trimNamespace(namespace('blocked')).modeSetBy).toEqual({
    since: '2026-11-28T00:00:00Z',
    manager: 'kubectl-label',
  });
  expect(trimNamespace(namespace('enforce'))).not.toHaveProperty('modeSetBy');
});

it('keeps of too many targets so many that they still are too many', () => {
  const targets = Array.from({ length: 100_000 }, (_, index) => `${index}`);
  const trimmed = trimRuleSet({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'large', namespace: 'my-app' },
    spec: { targets },
  });
  expect(trimmed.spec.targets).toHaveLength(1001);
  expect(validateEgressRuleSet(trimmed).faults).toContainEqual(
    expect.objectContaining({ reason: 'TooMany' }),
  );
});
