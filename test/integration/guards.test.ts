import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { egressRequestKind } from '../../src/api/index.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Attempt, attempt, guardWait, kubectl } from './support/guards/attempt.ts';
import { cniPolicyAttempts } from './support/guards/cni-policy-attempts.ts';
import { componentAttempts, podComponentAttempts } from './support/guards/component-label-attempts.ts';
import { setConditions } from './support/guards/conditions.ts';
import { exceptionAttempts } from './support/guards/exception-attempts.ts';
import { fixtures, wholeKinds } from './support/guards/fixtures.ts';
import { byDefaultAttempts, namespaceAttempts } from './support/guards/namespace-attempts.ts';
import { networkPolicyAttempts } from './support/guards/network-policy-attempts.ts';
import { ownedAttempts } from './support/guards/owned-object-attempts.ts';
import { podAttempts } from './support/guards/pod-attempts.ts';
import { productImage, redirectAttempts } from './support/guards/redirect-attempts.ts';
import {
  grantedAttempts,
  requestAttempts,
  requestChanges,
  requestFixtures,
} from './support/guards/request-attempts.ts';
import { reservedNameAttempts } from './support/guards/reserved-name-attempts.ts';
import { serviceAttempts } from './support/guards/service-attempts.ts';
import { subresourceAttempts } from './support/guards/subresource-attempts.ts';
import { attemptRaw, enter, guardedResources, writableSubresources } from './support/guards/subresources.ts';
import { volumeAttempts, volumeKinds } from './support/guards/volume-attempts.ts';

const guards = new URL('../../manifests/base/guards/', import.meta.url).pathname;
const groups: Record<string, Attempt[]> = {
  'pods.yaml': podAttempts,
  'pods.yaml, volumes': volumeAttempts,
  'exceptions.yaml, and exceptions in pods.yaml and capabilities.yaml': exceptionAttempts,
  'capabilities.yaml': redirectAttempts,
  'network-policies.yaml': networkPolicyAttempts,
  'cni-policies.yaml': cniPolicyAttempts,
  'endpoints.yaml and external-names.yaml': serviceAttempts,
  'namespaces.yaml': namespaceAttempts,
  'owned-objects.yaml': ownedAttempts,
  'reserved-names.yaml': reservedNameAttempts,
  'component-labels.yaml': componentAttempts,
  'pod-component-labels.yaml': podComponentAttempts,
  'requests.yaml': requestAttempts,
  'granted-rule-sets.yaml': grantedAttempts,
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
  for (const items of [[...wholeKinds, ...fixtures], requestFixtures]) {
    const list = { apiVersion: 'v1', kind: 'List', items };
    await until('the fixtures exist', () => run(['apply', '-f', '-'], list).ok, undefined, guardWait);
  }
  // Terminating for good: there is no namespace controller.
  run(['delete', 'namespace', 'leaving', '--wait=false']);
  const applied = run(['apply', '-f', guards]);
  if (!applied.ok) throw new Error(applied.text);
  await setConditions(controlPlane.client, { ...facts, enforcedByDefault: false });
  await everyGuardActive();
});

afterAll(() => controlPlane?.stop());

async function everyGuardActive(): Promise<void> {
  const firsts = Object.values(groups).flatMap((group) => group.filter(({ refused }) => refused).slice(0, 1));
  const last = serviceAttempts.filter(({ refused }) => refused).slice(-1);
  await until(
    'each file refuses',
    () => [...firsts, ...last].every((tried) => !tryIt(tried).ok),
    undefined,
    guardWait,
  );
  // Attempts that a guard lets through only when it knows the cluster.
  const informed = [
    ...redirectAttempts.slice(0, 1),
    ...serviceAttempts.filter(({ name }) => name === "a slice of a pod's address"),
    ...networkPolicyAttempts.filter(({ name }) => name === 'egress to any pod'),
    ...byDefaultAttempts.slice(0, 1),
  ];
  expect(informed).toHaveLength(4);
  await until(
    'the guards know the cluster',
    () => informed.every((tried) => tryIt(tried).ok),
    undefined,
    guardWait,
  );
}

test('no field of a request but its approval can be changed', () => {
  const { properties = {} } = egressRequestKind.spec as unknown as { properties?: object };
  const fields = Object.keys(properties);
  expect([...Object.keys(requestChanges), 'approval'].sort()).toEqual(fields.sort());
});

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

const DENIED = 'denied request';

test.each(['exec', 'attach'] as const)(
  '%s in the container with NET_ADMIN is refused, and in no other one',
  async (subresource) => {
    expect(await enter(controlPlane, subresource, 'kube-egress-redirect')).toContain(
      'exec and attach are denied',
    );
    expect(await enter(controlPlane, subresource, 'main')).not.toContain(DENIED);
  },
);

describe('subresources', () => {
  test.each(subresourceAttempts.map((tried) => [`${tried.who}: ${tried.name}`, tried] as const))(
    '%s',
    async (_name, tried) => {
      const { ok, text } = await attemptRaw(controlPlane, tried);
      expect(ok, text).toBe(tried.refused === undefined);
      if (tried.refused !== undefined) expect(text.replaceAll(/\s+/g, ' ')).toContain(tried.refused);
    },
  );

  /** A subresource that a later Kubernetes adds is found here. */
  test('each one through which labels or annotations of a guarded object can be written has a guard', async () => {
    const writable = await writableSubresources(controlPlane.client);
    expect(writable).toEqual(
      expect.arrayContaining(['namespaces/finalize', 'namespaces/status', 'pods/status', 'services/status']),
    );
    expect(guardedResources(guards)).toEqual(expect.arrayContaining(writable));
  });
});

test('a kind of inline volume that the API server knows is admitted or refused by intention', async () => {
  const { components } = await controlPlane.client.raw<{
    components: { schemas: Record<string, { properties: object }> };
  }>('/openapi/v3/api/v1');
  const fields = Object.keys(components.schemas['io.k8s.api.core.v1.Volume']?.properties ?? {});
  expect(fields.filter((field) => field !== 'name').sort()).toEqual(volumeKinds.toSorted());
});

describe('namespaces.yaml where the default proxy enforces', () => {
  beforeAll(async () => {
    await setConditions(controlPlane.client, facts);
    const [first] = byDefaultAttempts;
    await until('the default is known', () => first !== undefined && !tryIt(first).ok, undefined, guardWait);
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
  let refused = [...Object.values(groups), byDefaultAttempts].flatMap((group) =>
    group.filter((tried) => tried.refused !== undefined),
  );
  await until(
    'nothing is refused',
    () => {
      refused = refused.filter((tried) => !tryIt(tried).ok);
      return refused.length === 0;
    },
    undefined,
    { ...guardWait, limitMs: 280_000 },
  ).catch(() => {});
  expect(refused.map(({ name }) => name)).toEqual([]);
  for (const tried of subresourceAttempts) {
    expect(await attemptRaw(controlPlane, tried), tried.name).toMatchObject({ ok: true });
  }
  for (const subresource of ['exec', 'attach'] as const)
    expect(await enter(controlPlane, subresource, 'kube-egress-redirect')).not.toContain(DENIED);
  // A hundred calls of kubectl and more.
}, 300_000);
