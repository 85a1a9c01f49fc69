import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Attempt, attempt, guardWait, kubectl } from './support/guards/attempt.ts';
import { setConditions } from './support/guards/conditions.ts';
import { fixtures } from './support/guards/fixtures.ts';
import { byDefaultAttempts } from './support/guards/namespace-attempts.ts';
import { serviceAttempts } from './support/guards/service-attempts.ts';

const guards = new URL('../../manifests/base/guards/', import.meta.url).pathname;
const facts = { podCIDRs: ['10.244.0.0/16'], enforcedByDefault: true, except: ['kube-system'] };
const wayOut = byDefaultAttempts.find(({ refused }) => refused !== undefined) as Attempt;
const podSlice = serviceAttempts.find(({ name }) => name === "a slice of a pod's address") as Attempt;
const outsideSlice = serviceAttempts.find(({ name }) => name === 'a slice that leads out') as Attempt;
let plane: ControlPlane;
const run = (args: string[], object?: unknown) => kubectl(plane.kubeconfig, args, object);
const passes = (tried: Attempt) => attempt(plane.kubeconfig, tried).ok;

beforeAll(async () => {
  plane = await startControlPlane();
  run(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: fixtures });
});
afterAll(() => plane?.stop());

const informed = () => passes(podSlice) && !passes(wayOut) && !passes(outsideSlice);

/** kube-apiserver 1.35.4 reads no ConfigMap as a parameter once it stopped doing so: hence no guard has parameters. */
test('after a reinstall the guards know the cluster as before', async () => {
  run(['apply', '-f', guards]);
  await setConditions(plane.client, facts);
  await until('the guards know the cluster', informed, undefined, guardWait);
  run(['delete', '-f', guards]);
  await until('the guards are gone', () => passes(wayOut) && passes(outsideSlice), undefined, guardWait);
  run(['apply', '-f', guards]);
  await until(
    'without conditions, the guards refuse more',
    () => !passes(wayOut) && !passes(podSlice),
    undefined,
    guardWait,
  );
  await setConditions(plane.client, facts);
  await until('the guards know the cluster again', informed, undefined, guardWait);
});

test.each([
  ['kubectl apply', ['apply']],
  ['server-side apply', ['apply', '--server-side', '--force-conflicts']],
])('applying the manifests again by %s takes nothing away', (_, apply) => {
  expect(run([...apply, '-f', guards])).toMatchObject({ ok: true });
  const policies = JSON.parse(run(['get', 'validatingadmissionpolicies', '-o', 'json']).text);
  const conditions = policies.items.flatMap(
    ({ spec }: { spec: { matchConditions?: { name: string }[] } }) =>
      spec.matchConditions?.map(({ name }) => name) ?? [],
  );
  expect(conditions).toEqual(expect.arrayContaining(['not-only-pods', 'where-enforced']));
});
