import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTIVITY_NAME, annotation, label } from '../../src/api/index.ts';
import { TRUST_CONFIG_MAP } from '../../src/injection/index.ts';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, createNamespace, defaultProxy, find } from './support/objects.ts';

const [first = '', second = ''] = rootCertificates;
const SOURCE = { name: 'parent-ca', namespace: 'egress-proxy' };
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  stage.startController();
  const spec = { trustBundle: { configMapRef: { name: SOURCE.name } } };
  await stage.client.create(resources.egressProxies, defaultProxy('squid', spec));
}, 180_000);
afterAll(() => stage?.stop());

const proxy = () => find(stage.client, resources.egressProxies, 'squid', 'egress-proxy')();
const copyIn = (namespace: string) => find(stage.client, resources.configMaps, TRUST_CONFIG_MAP, namespace);
const activityOf = (namespace: string) =>
  find(stage.client, resources.egressActivities, ACTIVITY_NAME, namespace);
/** A change of the proxy, so that the test need not wait for the next look at the source. */
const lookAgain = () =>
  stage.client.patch(
    resources.egressProxies,
    { name: 'squid', namespace: 'egress-proxy' },
    { metadata: { annotations: { look: 'again' } } },
  );
const optedIn = { [label.mode]: 'enforce' };

describe('the trust bundle', () => {
  test('without its source nothing is copied, and the condition says what is missing', async () => {
    await createNamespace(stage.client, 'my-app', optedIn);
    const now = await until('the condition', proxy, (p) => conditionOf(p, 'TrustBundle') === 'False Invalid');
    expect(now?.status?.trustBundle).toBeUndefined();
    expect(await copyIn('my-app')()).toBeUndefined();
  });

  test('comes into every served namespace, and status says that pods can have it', async () => {
    await stage.client.create(resources.configMaps, { metadata: SOURCE, data: { 'ca.crt': first } });
    const copy = await until('the copy', copyIn('my-app'));
    expect(copy?.data?.['ca.crt']).toBe(`${first}\n`);
    expect(copy?.data?.['ca-bundle.crt']?.match(/BEGIN CERTIFICATE/g)?.length).toBe(
      rootCertificates.length + 1,
    );
    await until('the status', proxy, (p) => p?.status?.trustBundle !== undefined);
    expect(conditionOf(await proxy(), 'TrustBundle')).toBe('True Programmed');
    const said = (activity: object | undefined) => conditionOf(activity, 'TrustBundle') === 'True Programmed';
    await until('the namespace says so', activityOf('my-app'), said);
    await createNamespace(stage.client, 'later', optedIn);
    await until('the copy in a new namespace', copyIn('later'));
    expect(await copyIn('egress-proxy')()).toBeUndefined();
  });

  test('is repaired and follows its source', async () => {
    const changed = { data: { 'ca.crt': 'nothing' } };
    await stage.client.patch(resources.configMaps, { name: TRUST_CONFIG_MAP, namespace: 'my-app' }, changed);
    await until('it is repaired', copyIn('my-app'), (copy) => copy?.data?.['ca.crt'] === `${first}\n`);
    await stage.client.patch(resources.configMaps, SOURCE, { data: { 'ca.crt': second } });
    for (const namespace of ['my-app', 'later']) {
      await until('it follows', copyIn(namespace), (copy) => copy?.data?.['ca.crt'] === `${second}\n`);
    }
  });

  test('a broken source takes nothing away', async () => {
    await stage.client.patch(resources.configMaps, SOURCE, { data: { 'ca.crt': 'not PEM' } });
    await lookAgain();
    const now = await until('the condition', proxy, (p) => conditionOf(p, 'TrustBundle') === 'False Invalid');
    expect(now?.status?.trustBundle).toBeDefined();
    expect((await copyIn('my-app')())?.data?.['ca.crt']).toBe(`${second}\n`);
  });

  test('a ConfigMap that kube-egress does not manage is left alone and reported', async () => {
    await createNamespace(stage.client, 'theirs');
    const theirs = { metadata: { name: TRUST_CONFIG_MAP, namespace: 'theirs' }, data: { mine: 'x' } };
    await stage.client.create(resources.configMaps, theirs);
    await stage.client.patch(resources.namespaces, { name: 'theirs' }, { metadata: { labels: optedIn } });
    const said = (activity: object | undefined) => conditionOf(activity, 'TrustBundle') === 'False Conflict';
    await until('the conflict', activityOf('theirs'), said);
    expect((await copyIn('theirs')())?.data).toEqual({ mine: 'x' });
  });

  test('stays where a pod mounts it, and goes with the last one', async () => {
    const { client } = stage;
    await client.create(resources.pods, {
      metadata: {
        name: 'app',
        namespace: 'later',
        annotations: {
          [annotation.injected]: JSON.stringify({
            proxy: 'p',
            url: 'u',
            containers: ['app'],
            trustBundle: true,
          }),
        },
      },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
    await until(
      'the pod is seen',
      activityOf('later'),
      (a) => conditionOf(a, 'PodsOnOldProxy') === 'True PodsOnOldProxy',
    );
    await client.patch(
      resources.egressProxies,
      { name: 'squid', namespace: 'egress-proxy' },
      { spec: { trustBundle: null } },
    );
    await until('it goes where no pod mounts it', copyIn('my-app'), (copy) => copy === undefined);
    expect(await copyIn('later')()).toBeDefined();
    await client.delete(resources.pods, { name: 'app', namespace: 'later', gracePeriodSeconds: 0 } as never);
    await until('it goes with the last pod', copyIn('later'), (copy) => copy === undefined);
    await until('the status', proxy, (p) => p?.status?.trustBundle === undefined);
  });
});
