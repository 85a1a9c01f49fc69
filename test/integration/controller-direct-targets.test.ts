import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annotation, type EgressProxySpec, type EgressRuleSet, label } from '../../src/api/index.ts';
import { directTargetsPolicyName } from '../../src/enforcement/index.ts';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, createNamespace, defaultProxy, find } from './support/objects.ts';

type Answer = string[] | 'fails';
type Spec = Partial<EgressRuleSet['spec']>;

const NAMESPACE = 'my-app';
const HOST = 'db.example.com';
const ceiling: EgressProxySpec = {
  directTargets: { policy: 'Allow', cidrs: ['8.0.0.0/8', '10.0.0.0/8'], ports: [5432, 5353] },
};
let stage: Stage;
/** What DNS says of the name. */
let answer: Answer = ['8.1.2.3'];

const resolveName = async () =>
  ([4, 6] as const).map((family) => {
    if (answer === 'fails')
      return { family, kind: 'failed' as const, message: 'the look-up failed (ETIMEOUT)' };
    return { family, kind: 'answered' as const, addresses: family === 4 ? answer : [], ttlSeconds: 1 };
  });

beforeAll(async () => {
  stage = await startStage();
  stage.startController({ resolveName });
  await stage.client.create(resources.egressProxies, defaultProxy('squid', ceiling));
  await createNamespace(stage.client, NAMESPACE, { [label.mode]: 'enforce' });
}, 180_000);
afterAll(() => stage?.stop());

const set = (name: string) => find(stage.client, resources.egressRuleSets, name, NAMESPACE);
const policy = (name: string) =>
  find(stage.client, resources.networkPolicies, directTargetsPolicyName(name), NAMESPACE);
const isGone = (object: unknown) => object === undefined;
const opens = (text: string) => (object: { spec?: unknown } | undefined) =>
  JSON.stringify(object?.spec ?? '').includes(text);

async function create(name: string, spec: Spec): Promise<void> {
  const metadata = { name, namespace: NAMESPACE };
  await stage.client.create(resources.egressRuleSets, { metadata, spec: { targets: [], ...spec } });
}

function patchSet(name: string, spec: object) {
  return stage.client.patch(resources.egressRuleSets, { namespace: NAMESPACE, name }, { spec });
}

function patchProxy(spec: object) {
  return stage.client.patch(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' }, { spec });
}

function patchNamespace(metadata: object) {
  return stage.client.patch(resources.namespaces, { name: NAMESPACE }, { metadata });
}

const stands = (name: string, expected: string) =>
  until(expected, set(name), (now) => conditionOf(now, 'DirectTargets') === expected);

describe('direct targets', () => {
  test('open what lies in the ceiling, for the pods of the set, and say so', async () => {
    await create('db', {
      podSelector: { matchLabels: { app: 'api' } },
      directTargets: [
        { host: HOST, port: 5432 },
        { cidr: '8.9.0.0/16', port: 5353, protocol: 'UDP' },
      ],
    });
    const made = await until('the policy', policy('db'));
    expect(made?.spec).toEqual({
      podSelector: { matchLabels: { app: 'api' } },
      policyTypes: ['Egress'],
      egress: [
        { to: [{ ipBlock: { cidr: '8.1.2.3/32' } }], ports: [{ protocol: 'TCP', port: 5432 }] },
        { to: [{ ipBlock: { cidr: '8.9.0.0/16' } }], ports: [{ protocol: 'UDP', port: 5353 }] },
      ],
    });
    const told = await stands('db', 'True Programmed');
    expect(told?.status?.directTargets?.addresses).toEqual([
      { cidr: '8.9.0.0/16', port: 5353, protocol: 'UDP' },
      { host: HOST, cidr: '8.1.2.3/32', port: 5432, protocol: 'TCP' },
    ]);
    // The other manager of this status keeps writing its own fields.
    expect(conditionOf(told, 'Accepted')).toBe('True Accepted');
  });

  test('what a tenant does to the policy is undone', async () => {
    const name = directTargetsPolicyName('db');
    await stage.client.patch(
      resources.networkPolicies,
      { namespace: NAMESPACE, name },
      { spec: { egress: [{}] } },
    );
    await until('it is as it was', policy('db'), opens('8.1.2.3/32'));
  });

  test('what lies outside stays closed, in the status and as an Event', async () => {
    await create('outside', {
      directTargets: [
        { cidr: '9.1.0.0/16', port: 5432 },
        { cidr: '10.1.0.0/16', port: 5432 },
      ],
    });
    const told = await stands('outside', 'False LeftOut');
    expect(told?.status?.directTargets?.leftOut).toHaveLength(2);
    expect(await policy('outside')()).toBeUndefined();
    const events = () => stage.client.list(resources.events, { namespace: NAMESPACE });
    await until('the Event', events, ({ items }) =>
      items.some(
        ({ involvedObject, reason }) => involvedObject.name === 'outside' && reason === 'OutsideCeiling',
      ),
    );
  });

  test('a cluster Deny closes, and opens again when it goes', async () => {
    const spec = { action: 'Deny' as const, targets: ['8.1.2.0/24:5432'] };
    await stage.client.create(resources.clusterEgressRuleSets, { metadata: { name: 'guard-rail' }, spec });
    await until('closed', policy('db'), (now) => !opens('8.1.2.3/32')(now));
    expect(opens('8.9.0.0/16')(await policy('db')())).toBe(true);
    await stage.client.delete(resources.clusterEgressRuleSets, { name: 'guard-rail' });
    await until('open', policy('db'), opens('8.1.2.3/32'));
  });

  test('a narrowed namespace narrows them: no other pod is closed by what opens for some', async () => {
    await patchNamespace({ annotations: { [annotation.podSelector]: 'tier=front' } });
    const narrowed = await until('narrowed', policy('db'), opens('tier'));
    const keys = narrowed?.spec?.podSelector?.matchExpressions?.map(({ key }) => key);
    expect(keys?.sort()).toEqual(['app', 'tier']);
    await patchNamespace({ annotations: { [annotation.podSelector]: null } });
    await until('wide again', policy('db'), (now) => !opens('tier')(now));
  });

  test('DNS is followed, the old address stays for now', async () => {
    answer = ['8.4.5.6'];
    const moved = await until('the new address', policy('db'), opens('8.4.5.6/32'));
    expect(opens('8.1.2.3/32')(moved)).toBe(true);
    // The next leader begins from the status, which is written before the policy.
    expect(JSON.stringify((await set('db')())?.status?.directTargets)).toContain('8.4.5.6');
  });

  test('a resolver that fails takes nothing away, not even from the next leader', async () => {
    answer = 'fails';
    await stage.stopControllers();
    stage.startController({ resolveName });
    const told = await until(
      'the error',
      set('db'),
      (now) => now?.status?.directTargets?.lastError?.includes('ETIMEOUT') ?? false,
    );
    expect(conditionOf(told, 'DirectTargets')).toBe('True Programmed');
    expect(opens('8.4.5.6/32')(await policy('db')())).toBe(true);
    answer = ['8.4.5.6'];
  });

  test('the next leader knows an address that the old one found and never opened', async () => {
    const id = `NetworkPolicy ${NAMESPACE}/${directTargetsPolicyName('db')}`;
    await stage.stopControllers();
    const leader = stage.startController({ resolveName, endsBefore: id });
    answer = ['8.7.7.7'];
    await until(
      'it is about to open the address',
      async () => leader.applied,
      (now) => now.includes(id),
    );
    await leader.stop();
    expect(opens('8.7.7.7/32')(await policy('db')())).toBe(false);
    answer = 'fails';
    stage.startController({ resolveName });
    await until('the address is open', policy('db'), opens('8.7.7.7/32'));
    answer = ['8.4.5.6'];
  });

  test('go with the ceiling and come back with it', async () => {
    await patchProxy({ directTargets: { policy: 'Deny' } });
    await until('no policy', policy('db'), isGone);
    await stands('db', 'False LeftOut');
    await patchProxy({ directTargets: { policy: 'Allow' } });
    await until('the policy', policy('db'));
  });

  test('go with the mode: where nothing is closed there is nothing to open', async () => {
    await patchNamespace({ labels: { [label.mode]: 'observe' } });
    await until('no policy', policy('db'), isGone);
    await stands('db', 'False ObserveMode');
    await patchNamespace({ labels: { [label.mode]: 'enforce' } });
    await until('the policy', policy('db'));
  });

  test('go while the namespace is blocked', async () => {
    await patchNamespace({ labels: { [label.mode]: 'blocked' } });
    await until('no policy', policy('db'), isGone);
    await stands('db', 'False Blocked');
    await patchNamespace({ labels: { [label.mode]: 'enforce' } });
    await until('the policy', policy('db'));
  });

  test('a policy of that name that kube-egress does not manage is a conflict', async () => {
    await stage.client.create(resources.networkPolicies, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: directTargetsPolicyName('taken'), namespace: NAMESPACE },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [] },
    });
    await create('taken', { directTargets: [{ cidr: '8.9.0.0/16', port: 5432 }] });
    await stands('taken', 'False Conflict');
    expect((await policy('taken')())?.spec?.egress).toBeUndefined();
  });

  test('a set without them has neither policy nor word of them', async () => {
    await patchSet('db', { directTargets: null, targets: ['a.example.com:443'] });
    await until('no policy', policy('db'), isGone);
    const told = await until('no word', set('db'), (now) => now?.status?.directTargets === undefined);
    expect(conditionOf(told, 'DirectTargets')).toBeUndefined();
    expect(conditionOf(told, 'Accepted')).toBe('True Accepted');
  });

  test('close when their set expires', async () => {
    const end = Date.now() + 10_000;
    const directTargets = [{ cidr: '8.9.0.0/16', port: 5432 }];
    await create('incident', { directTargets, expiresAt: new Date(end).toISOString() });
    await until('the policy', policy('incident'));
    await until('no policy', policy('incident'), isGone);
    expect(Date.now()).toBeGreaterThanOrEqual(end);
    await until('no word', set('incident'), (now) => now?.status?.directTargets === undefined);
  });

  test('the policy of a set that went while no controller ran goes, too', async () => {
    await create('short', { directTargets: [{ cidr: '8.9.0.0/16', port: 5432 }] });
    await until('the policy', policy('short'));
    await stage.stopControllers();
    await stage.client.delete(resources.egressRuleSets, { namespace: NAMESPACE, name: 'short' });
    stage.startController({ resolveName });
    await until('no policy', policy('short'), isGone);
  });
});
