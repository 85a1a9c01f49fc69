import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type Attempt, attempt, kubectl } from './guards/attempt.ts';
import {
  byDefaultAttempts,
  componentAttempts,
  namespaceAttempts,
  networkPolicyAttempts,
  ownedAttempts,
  podAttempts,
  serviceAttempts,
} from './guards/attempts.ts';
import { cniPolicyAttempts } from './guards/cni-policy-attempts.ts';
import { setConditions } from './guards/conditions.ts';
import { fixtures } from './guards/fixtures.ts';
import { productImage, redirectAttempts } from './guards/redirect-attempts.ts';

const guards = new URL('../../manifests/base/guards/', import.meta.url).pathname;
const groups: Record<string, Attempt[]> = {
  'pods.yaml': podAttempts,
  'capabilities.yaml': redirectAttempts,
  'network-policies.yaml': networkPolicyAttempts,
  'cni-policies.yaml': cniPolicyAttempts,
  'endpoints.yaml and external-names.yaml': serviceAttempts,
  'namespaces.yaml': namespaceAttempts,
  'owned-objects.yaml': ownedAttempts,
  'component-labels.yaml': componentAttempts,
};

const facts = {
  podCIDRs: ['10.244.0.0/16', 'fd00:10::/64'],
  enforcedByDefault: true,
  except: ['exempt', 'kube-system'],
  images: [productImage],
};

let controlPlane: ControlPlane;
const run = (args: string[], object?: unknown) => kubectl(controlPlane.kubeconfig, args, object);
const tryIt = (tried: Attempt) => attempt(controlPlane.kubeconfig, tried);

beforeAll(async () => {
  controlPlane = await startControlPlane();
  const made = run(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: fixtures });
  if (!made.ok) throw new Error(made.text);
  // On its way out: without a namespace controller it stays so.
  run(['delete', 'namespace', 'leaving', '--wait=false']);
  const applied = run(['apply', '-f', guards]);
  if (!applied.ok) throw new Error(applied.text);
  await setConditions(controlPlane.client, { ...facts, enforcedByDefault: false });
  await everyGuardActive();
});

afterAll(() => controlPlane?.stop());

/** A policy takes effect up to a second after it is written. */
async function everyGuardActive(): Promise<void> {
  const firsts = Object.values(groups).flatMap((group) => group.filter(({ refused }) => refused).slice(0, 1));
  const last = serviceAttempts.filter(({ refused }) => refused).at(-1);
  for (let round = 0; round < 60; round++) {
    if ([...firsts, ...(last ? [last] : [])].every((tried) => !tryIt(tried).ok)) return;
    await sleep(250);
  }
}

test('the API server finds no fault with any expression', async () => {
  const policies = JSON.parse(run(['get', 'validatingadmissionpolicies', '-o', 'json']).text);
  expect(policies.items).toHaveLength(readdirSync(guards).length);
  for (const { metadata, status } of policies.items) {
    expect(status?.typeChecking?.expressionWarnings ?? [], metadata.name).toEqual([]);
  }
});

describe.each(Object.entries(groups))('%s', (_, group) => {
  test.each(group.map((tried) => [`${tried.who}: ${tried.name}`, tried] as const))('%s', (_name, tried) => {
    const { ok, text } = tryIt(tried);
    expect(ok, text).toBe(tried.refused === undefined);
    if (tried.refused !== undefined) expect(text.replaceAll(/\s+/g, ' ')).toContain(tried.refused);
  });
});

describe('namespaces.yaml where the default proxy enforces', () => {
  beforeAll(async () => {
    await setConditions(controlPlane.client, facts);
    const [first] = byDefaultAttempts;
    for (let round = 0; round < 60 && first !== undefined && tryIt(first).ok; round++) await sleep(250);
  });
  test.each(byDefaultAttempts.map((tried) => [`${tried.who}: ${tried.name}`, tried] as const))(
    '%s',
    (_name, tried) => {
      const { ok, text } = tryIt(tried);
      expect(ok, text).toBe(tried.refused === undefined);
      if (tried.refused !== undefined) expect(text.replaceAll(/\s+/g, ' ')).toContain(tried.refused);
    },
  );
});

/** Proves that the refusals above are the guards', not a fault of the attempts. */
test('without the guards everything is let through', async () => {
  run(['delete', 'validatingadmissionpolicybindings', '--all']);
  await sleep(2000);
  const refused = Object.values(groups)
    .flat()
    .filter((tried) => !tryIt(tried).ok);
  expect(refused.map(({ name }) => name)).toEqual([]);
});
