import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTIVITY_NAME, annotation, type Condition, label } from '../../src/api/index.ts';
import { NAMESPACE_POLICY } from '../../src/enforcement/index.ts';
import { type NetworkPolicy, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, createNamespace, defaultProxy, find, runPod } from './support/objects.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  stage.startController();
  await stage.client.create(resources.egressProxies, defaultProxy());
}, 180_000);
afterAll(() => stage?.stop());

const activityOf = (namespace: string) =>
  find(stage.client, resources.egressActivities, ACTIVITY_NAME, namespace);
const policyOf = (namespace: string) =>
  find(stage.client, resources.networkPolicies, NAMESPACE_POLICY, namespace);
const isGone = (object: unknown) => object === undefined;
const setLabels = (name: string, labels: Record<string, string | null>) =>
  stage.client.patch(resources.namespaces, { name }, { metadata: { labels } });

function messageOf(object: { status?: unknown } | undefined, type: string): string {
  const { conditions = [] } = (object?.status ?? {}) as { conditions?: Condition[] };
  return conditions.find((condition) => condition.type === type)?.message ?? '';
}

/** `object`: its kind and name. */
async function eventOn(object: string, expected: string): Promise<void> {
  const events = () => stage.client.list(resources.events, { namespace: 'my-app' });
  await until(`the Event ${expected} on ${object}`, events, ({ items }) =>
    items.some(
      ({ involvedObject: { kind, name }, reason }) => `${kind} ${name}` === object && reason === expected,
    ),
  );
}

describe('a namespace', () => {
  test('that opts in gets its policy, its EgressActivity, and is let in at the proxy', async () => {
    await createNamespace(stage.client, 'my-app', { [label.mode]: 'enforce' });
    await until('the policy', policyOf('my-app'));
    const activity = await until(
      'Enforced',
      activityOf('my-app'),
      (now) => conditionOf(now, 'Enforced') === 'True Enforced',
    );
    expect(activity?.status).toMatchObject({ mode: 'enforce', proxy: 'egress-proxy/squid' });
    expect(conditionOf(activity, 'Injected')).toBe('True Injected');
    expect(conditionOf(activity, 'PolicyConflict')).toBe('False Accepted');
    const ingress = find(stage.client, resources.networkPolicies, 'squid-ingress', 'egress-proxy');
    await until('the proxy lets it in', ingress, (now) => JSON.stringify(now?.spec ?? '').includes('my-app'));
    const proxy = find(stage.client, resources.egressProxies, 'squid', 'egress-proxy');
    await until('the proxy counts it', proxy, (now) => now?.status?.namespaces === 1);
  });

  test('one that did not opt in is untouched', async () => {
    await createNamespace(stage.client, 'bystander');
    await createNamespace(stage.client, 'after-bystander', { [label.mode]: 'observe' });
    await until('the one after it', activityOf('after-bystander'));
    expect(await policyOf('bystander')()).toBeUndefined();
    expect(await activityOf('bystander')()).toBeUndefined();
  });

  test('its policy is repaired', async () => {
    const before = await policyOf('my-app')();
    await stage.client.delete(resources.networkPolicies, { namespace: 'my-app', name: NAMESPACE_POLICY });
    const again = await until(
      'it is back',
      policyOf('my-app'),
      (now) => now !== undefined && now.metadata.uid !== before?.metadata.uid,
    );
    await stage.client.patch(
      resources.networkPolicies,
      { namespace: 'my-app', name: NAMESPACE_POLICY },
      { spec: { egress: [{}] } },
    );
    await until(
      'it is as it was',
      policyOf('my-app'),
      (now) => JSON.stringify(now?.spec) === JSON.stringify(again?.spec),
    );
  });

  test('pods that run without the variables are named and get an Event', async () => {
    await runPod(stage.client, { name: 'old', namespace: 'my-app' });
    await runPod(stage.client, { name: 'own-variables', namespace: 'my-app', env: ['https_proxy'] });
    await runPod(stage.client, {
      name: 'left-out',
      namespace: 'my-app',
      labels: { [label.inject]: 'false' },
    });
    const activity = await until(
      'PodsNotInjected',
      activityOf('my-app'),
      (now) => conditionOf(now, 'Injected') === 'False PodsNotInjected',
    );
    expect(messageOf(activity, 'Injected')).toMatch(/^1 pod runs .*: old$/);
    await eventOn('Pod old', 'PodsNotInjected');
    await stage.client.delete(
      resources.pods,
      { namespace: 'my-app', name: 'old' },
      { gracePeriodSeconds: 0 },
    );
    await until('Injected', activityOf('my-app'), (now) => conditionOf(now, 'Injected') === 'True Injected');
  });

  test('pods that are older than a Service which their NO_PROXY lacks are named', async () => {
    const injected = { proxy: 'egress-proxy.squid', url: 'http://b:1', containers: ['app'] };
    await stage.client.create(resources.pods, {
      metadata: {
        name: 'front',
        namespace: 'my-app',
        annotations: { [annotation.injected]: JSON.stringify(injected) },
      },
      spec: { containers: [{ name: 'app', image: 'a', env: [{ name: 'NO_PROXY', value: '.svc,cart' }] }] },
    });
    for (const name of ['cart', 'catalog']) {
      await stage.client.create(resources.services, {
        metadata: { name, namespace: 'my-app' },
        spec: { ports: [{ port: 80 }] },
      });
    }
    const activity = await until(
      'PodsOlderThanServices',
      activityOf('my-app'),
      (now) => conditionOf(now, 'PodsOlderThanServices') === 'True PodsOlderThanServices',
    );
    expect(messageOf(activity, 'PodsOlderThanServices')).toMatch(/bare name \(catalog\).*: front$/);
    await eventOn(`EgressActivity ${ACTIVITY_NAME}`, 'PodsOlderThanServices');
    for (const name of ['cart', 'catalog']) {
      await stage.client.delete(resources.services, { namespace: 'my-app', name });
    }
    await stage.client.delete(
      resources.pods,
      { namespace: 'my-app', name: 'front' },
      { gracePeriodSeconds: 0 },
    );
    await until(
      'no such pod',
      activityOf('my-app'),
      (now) => conditionOf(now, 'PodsOlderThanServices') === 'False Injected',
    );
  });

  test('a policy that widens it is named', async () => {
    const policy: NetworkPolicy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'open', namespace: 'my-app' },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    };
    await stage.client.create(resources.networkPolicies, policy);
    const activity = await until(
      'WideningPolicyPresent',
      activityOf('my-app'),
      (now) => conditionOf(now, 'WideningPolicyPresent') === 'True WideningPolicyPresent',
    );
    expect(messageOf(activity, 'WideningPolicyPresent')).toContain('open (spec.egress[0] opens everything)');
    await eventOn('NetworkPolicy open', 'WideningPolicyPresent');
    await eventOn('EgressActivity observed', 'WideningPolicyPresent');
    await stage.client.delete(resources.networkPolicies, { namespace: 'my-app', name: 'open' });
    await until(
      'it is over',
      activityOf('my-app'),
      (now) => conditionOf(now, 'WideningPolicyPresent') === 'False NoWideningPolicy',
    );
  });

  test('strict mode closes what is in the cluster', async () => {
    const open = (policy: NetworkPolicy | undefined) =>
      (policy?.spec?.egress ?? []).some(({ to }) =>
        to?.some(
          ({ namespaceSelector, podSelector }) =>
            namespaceSelector !== undefined && podSelector === undefined,
        ),
      );
    expect(open(await policyOf('my-app')())).toBe(true);
    const annotations = { [annotation.inClusterTraffic]: 'deny' };
    await stage.client.patch(resources.namespaces, { name: 'my-app' }, { metadata: { annotations } });
    await until('closed', policyOf('my-app'), (now) => !open(now));
  });

  test('a policy of its name that kube-egress does not manage does not keep it open: ours gets another name, until it is handed over', async () => {
    await createNamespace(stage.client, 'taken');
    const address = { namespace: 'taken', name: NAMESPACE_POLICY };
    await stage.client.create(resources.networkPolicies, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: address,
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [] },
    });
    await setLabels('taken', { [label.mode]: 'enforce' });
    const activity = await until(
      'the conflict',
      activityOf('taken'),
      (now) => conditionOf(now, 'PolicyConflict') === 'True Conflict',
    );
    expect(conditionOf(activity, 'Enforced')).toBe('True Enforced');
    expect(messageOf(activity, 'PolicyConflict')).toContain('enforce-egress-proxy-2 closes the namespace');
    const second = find(stage.client, resources.networkPolicies, 'enforce-egress-proxy-2', 'taken');
    const closing = await until('ours under another name', second);
    expect(closing?.spec?.policyTypes).toEqual(['Egress']);
    expect(closing?.metadata.labels?.[label.managedBy]).toBe('kube-egress');
    expect((await policyOf('taken')())?.spec?.egress).toBeUndefined();
    const annotations = { [annotation.adopt]: 'true' };
    await stage.client.patch(resources.networkPolicies, address, { metadata: { annotations } });
    await until('Enforced', activityOf('taken'), (now) => conditionOf(now, 'Enforced') === 'True Enforced');
    await until('the other one goes', second, isGone);
    expect((await policyOf('taken')())?.metadata.labels?.[label.managedBy]).toBe('kube-egress');
  });

  test('strict mode of its EgressProxy: a policy from before the opt-in that leads to pods is named', async () => {
    const strict = defaultProxy('strict', { inClusterTraffic: 'Deny' });
    await stage.client.create(resources.egressProxies, {
      ...strict,
      metadata: { ...strict.metadata, annotations: {} },
    });
    await createNamespace(stage.client, 'strict-by-proxy', { [label.proxy]: 'egress-proxy.strict' });
    await stage.client.create(resources.networkPolicies, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'open', namespace: 'strict-by-proxy' },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {} }] }] },
    });
    await setLabels('strict-by-proxy', { [label.mode]: 'enforce' });
    const activity = await until(
      'WideningPolicyPresent',
      activityOf('strict-by-proxy'),
      (now) => conditionOf(now, 'WideningPolicyPresent') === 'True WideningPolicyPresent',
    );
    expect(messageOf(activity, 'WideningPolicyPresent')).toContain('opens pods of the cluster');
    const binding = find(
      stage.client,
      resources.validatingAdmissionPolicyBindings,
      'kube-egress-strict-mode',
    );
    await until('the guard holds for its namespaces', binding, (now) =>
      JSON.stringify(now?.spec?.matchResources?.namespaceSelector).includes('egress-proxy.strict'),
    );
    await stage.client.delete(resources.egressProxies, { name: 'strict', namespace: 'egress-proxy' });
  });

  test('annotations from before the opt-in that exempt pods from guards are named', async () => {
    await createNamespace(stage.client, 'exempted');
    const annotations = { [annotation.allowPrivileged]: 'true', [annotation.allowInlineCsi]: 'any' };
    await stage.client.patch(resources.namespaces, { name: 'exempted' }, { metadata: { annotations } });
    await setLabels('exempted', { [label.mode]: 'enforce' });
    const activity = await until(
      'Enforced',
      activityOf('exempted'),
      (now) => conditionOf(now, 'Enforced') === 'True Enforced',
    );
    expect(messageOf(activity, 'Enforced')).toContain('exempt its pods from guards');
    expect(messageOf(activity, 'Enforced')).toContain(annotation.allowInlineCsi);
  });

  test('whose proxy does not exist stays closed', async () => {
    await createNamespace(stage.client, 'lost', { [label.mode]: 'enforce', [label.proxy]: 'nowhere.squid' });
    const activity = await until(
      'ProxyNotFound',
      activityOf('lost'),
      (now) => conditionOf(now, 'Enforced') === 'True ProxyNotFound',
    );
    expect(messageOf(activity, 'Injected')).toContain('nowhere/squid');
    expect(await policyOf('lost')()).toBeDefined();
  });

  test('observe takes the policy away and keeps the rest', async () => {
    await setLabels('my-app', { [label.mode]: 'observe' });
    await until('no policy', policyOf('my-app'), isGone);
    await until(
      'ObserveMode',
      activityOf('my-app'),
      (now) => conditionOf(now, 'Enforced') === 'False ObserveMode',
    );
  });

  test('opting out takes everything away', async () => {
    await setLabels('my-app', { [label.mode]: null });
    await until('no EgressActivity', activityOf('my-app'), isGone);
    expect(await policyOf('my-app')()).toBeUndefined();
  });

  test('the guards learn the ranges of the pods', async () => {
    const spec = { podCIDR: '10.244.7.0/24', podCIDRs: ['10.244.7.0/24', 'fd00:7::/64'] };
    await stage.client.create(resources.nodes, { metadata: { name: 'node-7' }, spec });
    const policy = find(stage.client, resources.validatingAdmissionPolicies, 'kube-egress-endpoints');
    await until('the ranges', policy, (now) =>
      JSON.stringify(now?.spec?.matchConditions ?? []).includes('[\\"10.244.7.0/24\\", \\"fd00:7::/64\\"]'),
    );
  });

  test("the default proxy's defaultMode holds for those without a label", async () => {
    const spec = { defaultMode: 'Enforce', exemptNamespaces: ['default', 'kube-public', 'kube-node-lease'] };
    await stage.client.patch(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' }, { spec });
    await until('the policy', policyOf('bystander'));
    const binding = find(stage.client, resources.validatingAdmissionPolicyBindings, 'kube-egress-pods');
    await until('the guards hold for it', binding, (now) =>
      JSON.stringify(now?.spec?.matchResources?.namespaceSelector).includes('kube-public'),
    );
    const namespaces = find(stage.client, resources.validatingAdmissionPolicies, 'kube-egress-namespaces');
    await until('so does their guard', namespaces, (now) =>
      JSON.stringify(now?.spec?.matchConditions).includes('kube-public'),
    );
    expect(await policyOf('kube-system')()).toBeUndefined();
    expect(await policyOf('default')()).toBeUndefined();
    const none = { spec: { defaultMode: 'None', exemptNamespaces: [] } };
    await stage.client.patch(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' }, none);
    await until('no policy', policyOf('bystander'), isGone);
  });
});

describe('a namespace that moves to another proxy', () => {
  const egressOf = async () => JSON.stringify((await policyOf('moves')())?.spec ?? '');
  const oldIngress = () => find(stage.client, resources.networkPolicies, 'squid-ingress', 'egress-proxy')();

  test('keeps the way of its old pods open, and closes it with the last of them', async () => {
    await createNamespace(stage.client, 'moves', { [label.mode]: 'enforce' });
    await runPod(stage.client, { name: 'old', namespace: 'moves', env: ['https_proxy'] });
    const injected = JSON.stringify({ proxy: 'egress-proxy.squid', url: 'x', containers: ['app'] });
    const annotations = { [annotation.injected]: injected };
    await stage.client.patch(
      resources.pods,
      { name: 'old', namespace: 'moves' },
      { metadata: { annotations } },
    );
    // A tenant can write the annotation: it opens nothing that the namespace did not have.
    await stage.client.create(resources.egressProxies, {
      ...defaultProxy('foreign'),
      metadata: { ...defaultProxy('foreign').metadata, annotations: {} },
    });
    await runPod(stage.client, { name: 'forged', namespace: 'moves', env: ['https_proxy'] });
    await stage.client.patch(
      resources.pods,
      { name: 'forged', namespace: 'moves' },
      { metadata: { annotations: { [annotation.injected]: injected.replace('.squid', '.foreign') } } },
    );
    await until(
      'the controller has seen it',
      activityOf('moves'),
      (now) =>
        now?.status?.proxy === 'egress-proxy/squid' && messageOf(now, 'PodsOnOldProxy').includes('forged'),
    );
    expect(await egressOf()).not.toContain('.foreign');
    await stage.client.delete(
      resources.pods,
      { name: 'forged', namespace: 'moves' },
      { gracePeriodSeconds: 0 },
    );
    const second = defaultProxy('second');
    await stage.client.create(resources.egressProxies, {
      ...second,
      metadata: { ...second.metadata, annotations: {} },
    });
    await setLabels('moves', { [label.proxy]: 'egress-proxy.second' });
    await until('both ways', egressOf, (spec) => spec.includes('.second') && spec.includes('.squid'));
    await until(
      'PodsOnOldProxy',
      activityOf('moves'),
      (now) => conditionOf(now, 'PodsOnOldProxy') === 'True PodsOnOldProxy',
    );
    expect(messageOf(await activityOf('moves')(), 'PodsOnOldProxy')).toMatch(/: old$/);
    await until('the old proxy still lets it in', oldIngress, (now) =>
      JSON.stringify(now?.spec).includes('moves'),
    );

    await stage.client.delete(resources.pods, { name: 'old', namespace: 'moves' }, { gracePeriodSeconds: 0 });
    await until(
      'the new way alone',
      egressOf,
      (spec) => spec.includes('.second') && !spec.includes('.squid'),
    );
    await until(
      'the old proxy is closed to it',
      oldIngress,
      (now) => !JSON.stringify(now?.spec).includes('moves'),
    );
  });
});
