import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { podManifest } from '../../scripts/scenario/stage.ts';
import {
  apply,
  condition,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  makeProxy,
  removeNamespaces,
} from './support/client-pods.ts';

const MOVER = 'mover';
const SECOND = 'second-proxy';
const ALIAS = 'second.corp.example';
const TARGET = 'http://a.example.com/';
const activity = 'egressactivity/observed';

async function startPod(name: string, overrides: object = {}): Promise<void> {
  const { spec, ...rest } = JSON.parse(
    await kubectl('create --dry-run=client -o json -f -', podManifest(MOVER, name)),
  ) as { spec: object };
  await apply({ ...rest, spec: { ...spec, ...overrides } });
  await kubectl(`wait -n ${MOVER} --for=condition=Ready pod/${name} --timeout=60s`);
}

async function status(pod: string): Promise<string> {
  const { stdout } = await inPod(`${MOVER}/${pod}`, `curl -s -o /dev/null -m 5 -w '%{http_code}' ${TARGET}`);
  return stdout;
}

async function proxyOf(pod: string): Promise<string> {
  const { stdout } = await inPod(`${MOVER}/${pod}`, 'printenv HTTP_PROXY');
  return stdout.trim();
}

beforeAll(async () => {
  await removeNamespaces(MOVER);
  await makeNamespace({ namespace: MOVER, mode: 'enforce' });
  await makeProxy({ namespace: SECOND, name: 'second' }, { aliases: [ALIAS], injectAlias: ALIAS });
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: MOVER },
    spec: { targets: ['a.example.com:80'] },
  });
  await startPod('old');
  await kubectl(`wait -n ${MOVER} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await kubectl(`wait -n ${SECOND} --for=condition=Programmed egressproxy/second --timeout=90s`, '', 100);
});
afterAll(async () => {
  // A proxy that serves a namespace cannot be deleted.
  await removeNamespaces(MOVER);
  await leaveNamespaces(SECOND);
});

describe('a namespace that moves to another proxy', () => {
  test('re-points its new pods; its old ones work on the old proxy, and are named', async () => {
    expect(await status('old')).toBe('200');
    await kubectl(`label namespace ${MOVER} egress.zalando.org/proxy=${SECOND}.second`);
    // The webhook learns of it from its own watch.
    const seen = () =>
      kubectl(`run seen -n ${MOVER} --image=x --dry-run=server -o jsonpath={.spec.containers[0].env}`);
    expect(await eventually(async () => (await seen()).includes(ALIAS), true)).toBe(true);
    await startPod('new');
    expect(await proxyOf('new')).toBe(`http://${ALIAS}:3128`);
    expect(await eventually(() => status('new'), '200')).toBe('200');
    expect(await proxyOf('old')).toBe('http://squid.egress-proxy.svc.cluster.local:3128');
    expect(await eventually(() => condition(MOVER, activity, 'PodsOnOldProxy'), 'True PodsOnOldProxy')).toBe(
      'True PodsOnOldProxy',
    );
    expect(await eventually(() => status('old'), '200')).toBe('200');
    expect(await kubectl(`get -n ${MOVER} ${activity} -o yaml`)).toContain('restart: old');
    expect(await kubectl(`get -n ${MOVER} egressactivity`)).toMatch(/OLDPROXY[\s\S]*True/);
  });

  test('lets no pod that comes later use the old proxy', async () => {
    const { stdout } = await inPod(
      `${MOVER}/new`,
      `curl -s -o /dev/null -m 5 -w '%{http_code}' -x http://squid.egress-proxy.svc.cluster.local:3128 ${TARGET}`,
    );
    expect(stdout).toBe('403');
  });

  test('says so when the last of them is gone', async () => {
    await kubectl(`delete pod old -n ${MOVER} --wait=true`);
    expect(await eventually(() => condition(MOVER, activity, 'PodsOnOldProxy'), 'False Injected')).toBe(
      'False Injected',
    );
  });
});

describe('an alias', () => {
  test('leads to the same address when the Service is made again', async () => {
    const address = `get service second -n ${SECOND} -o jsonpath={.spec.clusterIP}`;
    const before = await kubectl(address);
    await kubectl(`delete service second -n ${SECOND}`);
    expect(await eventually(async () => (await bash(`kubectl ${address}`)).stdout, before)).toBe(before);
    expect(await eventually(() => status('new'), '200')).toBe('200');
    expect(await eventually(() => condition(MOVER, activity, 'AliasesLead'), 'True AliasesLead')).toBe(
      'True AliasesLead',
    );
  });

  test("that a pod's own hostAliases define is left alone, and reported", async () => {
    await startPod('own', { hostAliases: [{ ip: '192.0.2.1', hostnames: [ALIAS] }] });
    const { stdout } = await inPod(`${MOVER}/own`, `getent hosts ${ALIAS}`);
    expect(stdout).toMatch(/^192\.0\.2\.1 /);
    expect(await eventually(() => condition(MOVER, activity, 'AliasesLead'), 'False AliasLeftAlone')).toBe(
      'False AliasLeftAlone',
    );
    const events = `kubectl get events -n ${MOVER} --field-selector involvedObject.name=own,reason=AliasLeftAlone -o name`;
    expect(await eventually(async () => (await bash(events)).stdout !== '', true)).toBe(true);
  });
});
