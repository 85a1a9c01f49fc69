import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION, annotation, type EgressRequest, label } from '../../src/api/index.ts';
import { type KubeClient, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { createNamespace } from './support/objects.ts';
import { isAllowed } from './support/running-controller.ts';

const namespace = 'my-app';
let stage: Stage;
/** Tom may ask, and Olga may answer. */
let tom: KubeClient;
let olga: KubeClient;

async function bind(user: string, role: string): Promise<void> {
  await stage.client.create(resources.roleBindings, {
    metadata: { namespace, name: `${user}-${role}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
  });
}

beforeAll(async () => {
  stage = await startStage();
  await createNamespace(stage.client, namespace, { [label.mode]: 'enforce' });
  for (const role of ['kube-egress-view', 'kube-egress-ask']) await bind('tom', role);
  await bind('olga', 'kube-egress-approve');
  tom = stage.plane.as('tom', ['system:authenticated']);
  olga = stage.plane.as('olga', ['system:authenticated']);
  await until('Tom may read', () => isAllowed(tom.list(resources.egressRequests, { namespace })));
  await until('Olga may read', () => isAllowed(olga.list(resources.egressRequests, { namespace })));
}, 180_000);
afterAll(() => stage?.stop());

const ask = (name: string, duration = '2h'): Promise<EgressRequest> =>
  tom.create<EgressRequest>(resources.egressRequests, {
    apiVersion: API_VERSION,
    kind: 'EgressRequest',
    metadata: { namespace, name },
    spec: { targets: ['a.example.com:443'], duration, reason: 'incident 4711', requestedBy: 'tom' },
  });
const answer = (name: string, outcome: 'Approved' | 'Refused', client = olga, by = 'olga') =>
  client.patch(resources.egressRequests, { namespace, name }, { spec: { approval: { outcome, by } } });
const find = (name: string) => stage.client.find(resources.egressRequests, { namespace, name });
const state = async (name: string) => (await find(name))?.status?.state;
const ruleSet = (name: string) =>
  stage.client.find(resources.egressRuleSets, { namespace, name: `request-${name}` });
const reasons = async (name: string) =>
  (await find(name))?.status?.conditions?.map(({ type, reason }) => `${type} ${reason}`).sort();

describe('an EgressRequest', () => {
  beforeAll(() => {
    stage.startController();
  });

  it('is pending until it is approved, and then has a rule set that says who asked and approved', async () => {
    await ask('incident');
    await until('it is pending', async () => (await state('incident')) === 'Pending');
    expect(await ruleSet('incident')).toBeUndefined();
    await answer('incident', 'Approved');
    await until('it is approved', async () => (await state('incident')) === 'Approved');
    const made = await ruleSet('incident');
    expect(made?.metadata.annotations).toMatchObject({
      [annotation.request]: 'incident',
      [annotation.requestedBy]: 'tom',
      [annotation.approvedBy]: 'olga',
    });
    expect(made?.spec).toEqual({
      targets: ['a.example.com:443'],
      reason: 'incident 4711',
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect((await find('incident'))?.status).toMatchObject({
      ruleSet: 'request-incident',
      expiresAt: made?.spec.expiresAt,
    });
    const recorded = await until('an Event says so', async () => {
      const { items } = await stage.client.list(resources.events, { namespace });
      return items.find(
        ({ reason, involvedObject }) => reason === 'Approved' && involvedObject.name === 'incident',
      );
    });
    expect(recorded?.message).toContain('approved by olga');
  });

  it('is not made again after it was deleted', async () => {
    await stage.client.delete(resources.egressRuleSets, { namespace, name: 'request-incident' });
    await until('it is over', async () => (await state('incident')) === 'Expired');
    expect(await reasons('incident')).toEqual(['Approved Approved', 'Expired RuleSetDeleted']);
    await stage.client.patch(
      resources.egressRequests,
      { namespace, name: 'incident' },
      { metadata: { labels: { seen: 'again' } } },
    );
    await ask('later');
    await until('a later request was reconciled', async () => (await state('later')) === 'Pending');
    expect(await ruleSet('incident')).toBeUndefined();
  });

  it.each([
    ['taken', 'another rule set has its name', false],
    ['claimed', 'a rule set of its name claims to be owned by it', true],
  ])('%s: fails where %s, which stays as it is', async (name, _, claims) => {
    const { kind, metadata } = await ask(name);
    const owner = { apiVersion: API_VERSION, kind, name, uid: metadata.uid ?? '' };
    await stage.client.create(resources.egressRuleSets, {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { namespace, name: `request-${name}`, ...(claims && { ownerReferences: [owner] }) },
      spec: { targets: ['mine.example.com:443'] },
    });
    await answer(name, 'Approved');
    await until('it has failed', async () => (await state(name)) === 'Failed');
    expect(await reasons(name)).toEqual(['Approved Approved', 'Failed Conflict']);
    expect((await ruleSet(name))?.spec.targets).toEqual(['mine.example.com:443']);
  });

  it('is refused by olga, and gets no rule set', async () => {
    await answer('later', 'Refused');
    await until('it is refused', async () => (await state('later')) === 'Refused');
    expect(await ruleSet('later')).toBeUndefined();
  });

  it.each([
    ['approve it', () => answer('own', 'Approved', tom, 'tom')],
    ['approve it as olga', () => answer('own', 'Approved', tom, 'olga')],
    [
      'write the rule set itself',
      () =>
        tom.create(resources.egressRuleSets, {
          metadata: { namespace, name: 'mine' },
          spec: { targets: ['a.example.com:443'] },
        } as never),
    ],
    [
      'write its status',
      () =>
        tom.patch(
          resources.egressRequests,
          { namespace, name: 'own', subresource: 'status' },
          { status: { state: 'Approved' } },
        ),
    ],
    [
      'extend it',
      () => tom.patch(resources.egressRequests, { namespace, name: 'own' }, { spec: { duration: '9d' } }),
    ],
  ])('who asked cannot %s', async (_, attempt) => {
    if ((await find('own')) === undefined) await ask('own');
    await expect(attempt()).rejects.toThrow(/403|422/);
    expect((await find('own'))?.spec.approval).toBeUndefined();
  });
});

describe('the next leader', () => {
  it('finds the rule set that the last one has made and not written down, and deletes what is over', async () => {
    await ask('between', '999d');
    await until('it is pending', async () => (await state('between')) === 'Pending');
    await stage.stopControllers();
    await answer('between', 'Approved');
    const asked = await find('between');
    const { uid = '' } = asked?.metadata ?? {};
    const expiresAt = '2099-01-01T00:00:00Z';
    await stage.client.create(resources.egressRuleSets, {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: {
        namespace,
        name: 'request-between',
        annotations: { [annotation.request]: 'between' },
        ownerReferences: [{ apiVersion: API_VERSION, kind: 'EgressRequest', name: 'between', uid }],
      } as never,
      spec: { targets: ['a.example.com:443'], expiresAt },
    });
    // A millionth of a day: everything that is over is old.
    stage.startController({ removeExpiredDays: 1e-6 });
    await until('it is approved', async () => (await find('between'))?.status?.expiresAt === expiresAt);
    for (const name of ['incident', 'later', 'taken', 'claimed', 'own'])
      await until(`${name} is deleted`, async () => (await find(name)) === undefined);
    expect(await state('between')).toBe('Approved');
  });
});
