import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annotation, label } from '../../src/api/index.ts';
import { ApiError, type KubeClient, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { egressProxy, named, type RunningWebhook, startWebhookProcess } from './support/webhook.ts';

let plane: ControlPlane;
let client: KubeClient;
let webhook: RunningWebhook;

beforeAll(async () => {
  plane = await startControlPlane();
  client = plane.client;
  webhook = await startWebhookProcess(plane);
  await client.create(resources.namespaces, named('v1', 'Namespace', 'egress-proxy'));
  await client.create(resources.namespaces, named('v1', 'Namespace', 'my-app', { [label.mode]: 'enforce' }));
  await until(
    'rule sets are validated',
    async () => (await refusal(create('probe', ['x'], true))).code === 422,
  );
  await client.create(resources.egressProxies, egressProxy('squid', {}, true));
  const path = '/apis/zalando.org/v1/namespaces/egress-proxy/egressproxies';
  const another = { method: 'POST', body: egressProxy('probe', {}, true), query: { dryRun: 'All' } } as const;
  await until(
    'the default proxy is known',
    async () => (await refusal(client.raw(path, another))).code !== 200,
  );
});

afterAll(async () => {
  await webhook?.kill();
  await plane?.stop();
});

const path = (name = '', namespace = 'my-app') =>
  `/apis/zalando.org/v1/namespaces/${namespace}/egressrulesets${name && `/${name}`}`;

function create(name: string, targets: string[], dryRun = false, namespace = 'my-app'): Promise<unknown> {
  const body = { ...named('zalando.org/v1', 'EgressRuleSet', name), spec: { targets } };
  return client.raw(path('', namespace), {
    method: 'POST',
    body,
    ...(dryRun && { query: { dryRun: 'All' } }),
  });
}

async function refusal(call: Promise<unknown>): Promise<{ code: number; message: string }> {
  try {
    await call;
    return { code: 200, message: '' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { code: error.status, message: error.message };
  }
}

describe('rule sets, through the API server', () => {
  it('are refused with all of their faults', async () => {
    const targets = [
      'https://api.example.com/v1',
      'api.example.com',
      'ok.example.com:443',
      'api.example.*:443',
    ];
    const { code, message } = await refusal(create('bad', targets));
    expect(code).toBe(422);
    for (const index of [0, 1, 3]) expect(message).toContain(`spec.targets[${index}]`);
    expect(message).not.toContain('spec.targets[2]');
  });

  it('are accepted when they are right, and in the first moment of their namespace', async () => {
    expect((await refusal(create('good', ['api.example.com:443']))).code).toBe(200);
    await client.create(resources.namespaces, named('v1', 'Namespace', 'brand-new'));
    expect((await refusal(create('held', ['api.example.com:443'], false, 'brand-new'))).code).toBe(200);
  });

  it('take a finalizer without a new validation', async () => {
    const held = { namespace: 'brand-new', name: 'held' };
    await client.patch(resources.egressRuleSets, held, { metadata: { finalizers: ['example.org/held'] } });
  });

  it('may not be created with an end that has passed or is no time, and may be ended by a change', async () => {
    const made = (expiresAt: string) =>
      client.raw(path(), {
        method: 'POST',
        body: {
          ...named('zalando.org/v1', 'EgressRuleSet', 'incident'),
          spec: { targets: ['a.example.com:443'], expiresAt, reason: 'incident 4711' },
        },
      });
    const past = await refusal(made('2026-01-01T00:00:00Z'));
    expect([past.code, past.message]).toEqual([422, expect.stringContaining('InThePast')]);
    for (const odd of ['tomorrow', '2999-01-01', '2999-01-01T00:00:00', '2999-02-30T00:00:00Z'])
      expect((await refusal(made(odd))).code).toBe(422);
    expect((await refusal(made('2999-01-01T00:00:00Z'))).code).toBe(200);
    const now = { namespace: 'my-app', name: 'incident' };
    const ended = await client.patch(resources.egressRuleSets, now, {
      spec: { expiresAt: '2026-01-01T00:00:00Z' },
    });
    expect(ended.spec.expiresAt).toBe('2026-01-01T00:00:00Z');
  });

  it('may refer to target groups and have no targets of their own', async () => {
    const groups = '/apis/zalando.org/v1/egresstargetgroups';
    const group = (name: string, spec: object) =>
      client.raw(groups, {
        method: 'POST',
        body: { ...named('zalando.org/v1', 'EgressTargetGroup', name), spec },
      });
    const bad = await refusal(group('bad', { targets: ['registry.npmjs.org'] }));
    expect([bad.code, bad.message]).toEqual([422, expect.stringContaining('spec.targets[0]')]);
    expect((await refusal(group('bad', { targets: [] }))).code).toBe(422);
    const sources = [{ url: 'https://docs.npmjs.com', date: '2026-11-29' }];
    expect((await refusal(group('npm', { targets: ['registry.npmjs.org:443'], sources }))).code).toBe(200);

    const refer = (targetGroups: string[]) =>
      client.raw(path(), {
        method: 'POST',
        body: { ...named('zalando.org/v1', 'EgressRuleSet', 'refers'), spec: { targetGroups } },
      });
    expect((await refusal(refer(['npm', 'npm']))).message).toContain('spec.targetGroups[1]');
    expect((await refusal(refer([]))).message).toContain('there is no target');
    expect(await refer(['npm', 'missing'])).toMatchObject({
      spec: { targets: [], targetGroups: ['npm', 'missing'] },
    });
    await client.delete(resources.egressTargetGroups, { name: 'npm' });
  });

  it('are refused beyond the quota of their namespace, which may shrink', async () => {
    await client.create(resources.namespaces, named('v1', 'Namespace', 'large'));
    const names = (set: number) =>
      Array.from({ length: 1000 }, (_, index) => `h${index}.s${set}.example.com:443`);
    for (const set of [1, 2, 3, 4, 5])
      expect((await refusal(create(`s${set}`, names(set), false, 'large'))).code).toBe(200);
    const beyond = await until(
      'the webhook has seen the sets',
      () => refusal(create('s6', ['one.example.com:443'], true, 'large')),
      ({ code }) => code === 422,
    );
    expect(beyond.message).toContain('5001 targets together');
    const patch = client.raw(path('s5', 'large'), {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { spec: { targets: ['one.example.com:443'] } },
    });
    expect((await refusal(patch)).code).toBe(200);
  });

  it('with far too many targets are refused for their number', async () => {
    const { code, message } = await refusal(
      create(
        'giant',
        Array.from({ length: 20_000 }, () => 'x'),
      ),
    );
    expect(code).toBe(422);
    expect(message).toContain('there are 20000 targets');
  });

  it('cannot be changed for the worse', async () => {
    const patch = client.raw(path('good'), {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { spec: { targets: ['api.example.com'] } },
    });
    expect((await refusal(patch)).message).toContain('spec.targets[0]');
  });
});

describe('proxies, through the API server', () => {
  it('are only one by default', async () => {
    const second = await refusal(client.create(resources.egressProxies, egressProxy('second', {}, true)));
    expect(second.message).toContain('egress-proxy/squid is already the default proxy');
    await client.create(resources.egressProxies, egressProxy('second'));
    const annotate = client.patch(
      resources.egressProxies,
      { namespace: 'egress-proxy', name: 'second' },
      { metadata: { annotations: { [annotation.defaultProxy]: 'true' } } },
    );
    expect((await refusal(annotate)).message).toContain('is already the default proxy');
  });

  it('cannot go while namespaces use them', async () => {
    const remove = (name: string) =>
      client.delete(resources.egressProxies, { namespace: 'egress-proxy', name });
    const { code, message } = await refusal(remove('squid'));
    expect(code).toBe(403);
    expect(message).toContain('EgressProxy egress-proxy/squid serves my-app');
    expect((await refusal(remove('second'))).code).toBe(200);
  });
});

describe('with the webhook dead', () => {
  it('nothing new gets in, and everything can go', async () => {
    await webhook.kill();
    expect((await refusal(create('unjudged', ['api.example.com:443']))).code).toBe(500);
    expect(
      (await refusal(client.delete(resources.egressRuleSets, { namespace: 'my-app', name: 'good' }))).code,
    ).toBe(200);
    const remove = client.delete(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' });
    expect((await refusal(remove)).code).toBe(200);
    expect((await refusal(client.delete(resources.namespaces, { name: 'my-app' }))).code).toBe(200);
  });

  it('a finalizer comes off a rule set that is terminating', async () => {
    const held = { namespace: 'brand-new', name: 'held' };
    await client.delete(resources.egressRuleSets, held);
    await client.patch(resources.egressRuleSets, held, { metadata: { finalizers: null } });
    expect(await client.find(resources.egressRuleSets, held)).toBeUndefined();
  });
});
