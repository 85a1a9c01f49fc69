import { describe, expect, it } from 'vitest';
import { API_VERSION, type EgressProxy, type EgressRuleSet } from '../../api/index.ts';
import type { Pod } from '../../kube/index.ts';
import type { DashboardFlow } from '../wire.ts';
import { buildPodsView } from './pods.ts';
import { buildProxyViews } from './proxies.ts';
import { buildRuleSetViews, renderSelector } from './rule-sets.ts';
import { lastRefusals } from './summaries.ts';

const proxy: EgressProxy = {
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: {
    name: 'squid',
    namespace: 'egress-proxy',
    annotations: { 'egress.zalando.org/is-default-proxy': 'true' },
  },
  spec: {
    upstreams: [{ name: 'int', host: 'parent.example.com', port: 3128, targets: ['*.int.example:443'] }],
  },
};

describe('buildRuleSetViews', () => {
  const ruleSet = (name: string, spec: unknown): EgressRuleSet => ({
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { name, namespace: 'shop' },
    spec: spec as EgressRuleSet['spec'],
  });
  const used = { count: 3, lastSeen: '2026-01-01T10:00:00Z' };

  it('distinguishes used from unused targets by their index', () => {
    const targets = ['a.example.com:443', 'b.example.com:443'];
    const [view] = buildRuleSetViews([ruleSet('outside', { targets })], new Map([['shop/outside#1', used]]));
    expect(view).toEqual({
      name: 'outside',
      targets: [
        { target: 'a.example.com:443', hits: 0 },
        { target: 'b.example.com:443', hits: 3, lastSeen: used.lastSeen },
      ],
      directTargets: [],
      hits: 3,
      lastSeen: used.lastSeen,
    });
  });

  it('shows a target group as one row, with the uses of all of its targets', () => {
    const [view] = buildRuleSetViews(
      [ruleSet('outside', { targets: [], targetGroups: ['npm'] })],
      new Map([
        ['shop/outside#npm/0', used],
        ['shop/outside#npm/7', { count: 4, lastSeen: '2026-01-01T11:00:00Z' }],
        ['shop/outside#npm-mirror/0', used],
      ]),
    );
    expect(view).toMatchObject({
      targets: [{ target: 'target group npm', hits: 7, lastSeen: '2026-01-01T11:00:00Z' }],
      hits: 7,
    });
  });

  it('reads the last use from the status if the counts do not include it', () => {
    const status = {
      usage: { since: used.lastSeen, targets: [{ target: 'a:1', lastUsed: used.lastSeen }] },
    } as unknown as NonNullable<EgressRuleSet['status']>;
    const [view] = buildRuleSetViews([{ ...ruleSet('outside', { targets: ['a:1'] }), status }], new Map());
    expect(view?.targets).toEqual([{ target: 'a:1', hits: 0, lastSeen: used.lastSeen }]);
  });

  it('ignores uses of a rule set with the same name in another namespace', () => {
    const [view] = buildRuleSetViews(
      [ruleSet('outside', { targets: ['a:1'] })],
      new Map([['bank/outside#0', used]]),
    );
    expect(view?.hits).toBe(0);
  });

  it.each([
    ['without a spec', undefined],
    ['with targets of another type', { targets: 'a:1' }],
  ])('shows a stored rule set %s', (_, spec) => {
    expect(buildRuleSetViews([ruleSet('odd', spec)], new Map())).toMatchObject([
      { name: 'odd', targets: [] },
    ]);
  });

  it('renders a selector in kubectl’s syntax', () => {
    expect(
      renderSelector({
        matchLabels: { app: 'api' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['a', 'b'] },
          { key: 'old', operator: 'DoesNotExist' },
          { key: 'new', operator: 'Exists' },
        ],
      }),
    ).toBe('app=api,tier in (a, b),!old,new');
  });
});

describe('buildPodsView', () => {
  const pod = (
    name: string,
    more: { labels?: Record<string, string>; phase?: string; env?: boolean } = {},
  ): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', ...(more.labels && { labels: more.labels }) },
    spec: {
      containers: [
        { name: 'main', ...(more.env !== false && { env: [{ name: 'https_proxy', value: 'http://p' }] }) },
      ],
    },
    status: { phase: more.phase ?? 'Running' },
  });
  const view = (pods: Pod[], annotations: Record<string, string> = {}) =>
    buildPodsView({
      namespace: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { 'egress.zalando.org/mode': 'enforce' }, annotations },
      },
      pods,
      proxies: [proxy],
      productNamespace: 'kube-egress-system',
      seen: new Set(['busy']),
    });

  it('distinguishes pods without variables, without requests, and with requests', () => {
    expect(view([pod('busy'), pod('idle'), pod('old', { env: false })])).toEqual({
      notInjected: ['old'],
      notServed: [],
      silent: ['idle'],
      clients: 3,
    });
  });
  it.each([
    ['that has ended', pod('job', { env: false, phase: 'Succeeded' }), {}],
    [
      'that the namespace excludes',
      pod('web', { env: false }),
      { 'egress.zalando.org/pod-selector': 'app=api' },
    ],
  ])('leaves out a pod %s', (_, left, annotations) => {
    expect(view([left], annotations)).toEqual({ notInjected: [], notServed: [], silent: [], clients: 0 });
  });
  it('finds the clients of a proxy that the viewer may not read', () => {
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'egress.zalando.org/mode': 'enforce' } },
    };
    const input = {
      namespace,
      pods: [pod('idle')],
      proxies: [],
      productNamespace: 'x',
      seen: new Set<string>(),
    };
    expect(buildPodsView(input)).toEqual({ notInjected: [], notServed: [], silent: ['idle'], clients: 1 });
  });
  it('lists a pod that the proxy cannot serve apart: it needs no restart', () => {
    const exporter = pod('exporter', { env: false });
    exporter.spec = { ...exporter.spec, containers: exporter.spec?.containers ?? [], hostNetwork: true };
    expect(view([exporter, pod('idle')])).toEqual({
      notInjected: [],
      notServed: ['exporter'],
      silent: ['idle'],
      clients: 1,
    });
  });
  it('ignores a pod that opted out of the injection', () => {
    const left = pod('own', { env: false, labels: { 'egress.zalando.org/inject': 'false' } });
    expect(view([left]).notInjected).toEqual([]);
  });
});

describe('buildProxyViews', () => {
  const agents = [{ pod: 'egress-proxy/squid-1', proxy: 'egress-proxy/squid', state: 'answering' as const }];
  const flow = (status: number, time: string, more: Partial<DashboardFlow> = {}): DashboardFlow => ({
    key: time,
    agent: 'egress-proxy/squid-1',
    state: 'closed',
    target: 'a.int.example:443',
    verdict: 'allow',
    upstream: 'int',
    status,
    time,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
    ...more,
  });

  it('shows the requests of its upstreams and their health', () => {
    const since = '2026-01-01T09:00:00Z';
    const status = { upstreams: [{ name: 'int', healthy: false, lastError: 'refused', since }] };
    const flows = [flow(200, '2026-01-01T10:00:00Z'), flow(503, '2026-01-01T10:01:00Z')];
    const [view] = buildProxyViews({ proxies: [{ ...proxy, status }], agents, flows });
    expect(view).toMatchObject({ isDefault: true, agents });
    expect(view?.upstreams).toEqual([
      {
        name: 'int',
        address: 'parent.example.com:3128',
        targets: ['*.int.example:443'],
        tls: false,
        healthy: false,
        lastError: 'refused',
        since,
        requests: 2,
        failed: 1,
        lastSeen: '2026-01-01T10:01:00Z',
        lastFailure: '2026-01-01T10:01:00Z',
      },
    ]);
  });
  it('ignores requests to an upstream of another proxy', () => {
    const [view] = buildProxyViews({
      proxies: [proxy],
      agents,
      flows: [flow(200, '1', { agent: 'other/squid-1' })],
    });
    expect(view?.upstreams[0]?.requests).toBe(0);
  });
});

describe('lastRefusals', () => {
  const flow = (time: string, more: Partial<DashboardFlow> = {}): DashboardFlow => ({
    key: time,
    agent: 'egress-proxy/squid-1',
    state: 'closed',
    namespace: 'shop',
    target: 'a.example.com:443',
    verdict: 'deny',
    time: `2026-01-01T10:00:${time}.000Z`,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
    ...more,
  });
  it('finds the latest by time, whichever agent reported last', () => {
    const last = flow('30');
    expect(lastRefusals([flow('10'), last, flow('20')]).get('shop')).toBe(last);
  });
  it('includes what enforce mode would deny, but no allowed request', () => {
    const observed = flow('10', { verdict: 'allow', wouldDeny: true });
    expect(lastRefusals([observed, flow('20', { verdict: 'allow' })]).get('shop')).toBe(observed);
  });
});
