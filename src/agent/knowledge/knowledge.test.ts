import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClusterEgressRuleSet, EgressProxy, EgressRuleSet } from '../../api/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import { judgeFreshness } from '../freshness.ts';
import { ClientFinder } from '../identity/client-finder.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import { Holds } from '../identity/holds.ts';
import { Knowledge, type KnownNamespace } from './knowledge.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { Told } from './told.fixture.ts';

const API = 'zalando.org/v1';

function setUp() {
  const sources = {
    pods: new Told<ClientPod>(),
    namespaces: new Told<KnownNamespace>(),
    egressRuleSets: new Told<EgressRuleSet>(),
    clusterEgressRuleSets: new Told<ClusterEgressRuleSet>(),
    egressProxies: new Told<EgressProxy>(),
  };
  const holds = new Holds(systemClock);
  const told: string[] = [];
  const knowledge = new Knowledge({
    proxy: { namespace: 'egress-proxy', name: 'squid' },
    productNamespace: 'kube-egress-system',
    onAddress: (address) => holds.release(address),
    onNews: () => holds.releaseAll(),
    onChange: () => told.push('change'),
    onVersion: () => told.push('version'),
  });
  const finder = new ClientFinder(knowledge, holds, systemClock);
  return { sources, knowledge, finder, told };
}

const proxy = (changes: Partial<EgressProxy['spec']> = {}): EgressProxy => ({
  apiVersion: API,
  kind: 'EgressProxy',
  metadata: {
    namespace: 'egress-proxy',
    name: 'squid',
    uid: 'proxy',
    generation: 4,
    annotations: { 'egress.zalando.org/is-default-proxy': 'true' },
  },
  spec: { identityHoldSeconds: 0, ...changes },
  status: { discovered: { podCIDRs: ['10.0.0.0/16'] } },
});
const ruleSet = (name: string, generation = 1): EgressRuleSet => ({
  apiVersion: API,
  kind: 'EgressRuleSet',
  metadata: { namespace: 'my-app', name, uid: name, generation },
  spec: { targets: ['h.example:443'] },
});
const namespace = (name: string, mode = 'enforce', more: Record<string, string> = {}): KnownNamespace => ({
  metadata: { name, labels: { 'egress.zalando.org/mode': mode, ...more } },
});
const pod = (address: string, name = 'api', labels: Record<string, string> = {}): ClientPod => ({
  metadata: { namespace: 'my-app', name, uid: name, labels },
  owner: undefined,
  addresses: [address],
  startedAt: '',
});

describe('Knowledge', () => {
  it('starts from a snapshot and drops what the first whole list does not have', async () => {
    const { sources, knowledge } = setUp();
    knowledge.seed([
      { kind: 'egressRuleSets', object: ruleSet('kept') },
      { kind: 'egressRuleSets', object: ruleSet('gone') },
      { kind: 'somethingElse', object: ruleSet('x') },
    ]);
    const followed = knowledge.follow(sources, new AbortController().signal);
    expect(knowledge.generations()).toEqual({ kept: 1, gone: 1 });
    sources.egressRuleSets.set(ruleSet('kept', 2));
    for (const source of Object.values(sources)) source.sync();
    await followed;
    expect(knowledge.generations()).toEqual({ kept: 2 });
    expect(knowledge.book.size).toBe(1);
  });

  it('takes each change over at once', () => {
    const { sources, knowledge } = setUp();
    void knowledge.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxy());
    sources.egressRuleSets.set(ruleSet('a'));
    expect(knowledge.generations()).toEqual({ a: 1, proxy: 4 });
    sources.egressRuleSets.delete(ruleSet('a'));
    expect(knowledge.generations()).toEqual({ proxy: 4 });
  });

  it('has another version before anybody is told of a change', () => {
    const { sources, knowledge, told } = setUp();
    void knowledge.follow(sources, new AbortController().signal);
    const changes = [
      () => sources.egressProxies.set(proxy()),
      () => sources.namespaces.set(namespace('my-app')),
      () => sources.pods.set(pod('10.0.0.7')),
      () => sources.pods.delete(pod('10.0.0.7')),
      () => sources.egressRuleSets.set(ruleSet('a')),
      () => sources.egressRuleSets.delete(ruleSet('a')),
      () => knowledge.parentsMoved(new Map()),
    ];
    for (const change of changes) {
      told.length = 0;
      const before = knowledge.version;
      change();
      expect(knowledge.version).toBeGreaterThan(before);
      expect(told[0]).toBe('version');
    }
  });

  it("counts the proxy's own pods and Service among its own addresses", () => {
    const { sources, knowledge } = setUp();
    void knowledge.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxy({ service: { clusterIP: '10.96.0.9' } }));
    expect([...(knowledge.settings?.ownAddresses ?? [])]).toEqual(['10.96.0.9']);
    const own = pod('10.0.0.2', 'squid-0', { 'egress.zalando.org/owner-proxy': 'egress-proxy.squid' });
    sources.pods.set({ ...own, metadata: { ...own.metadata, namespace: 'egress-proxy' } });
    expect([...(knowledge.settings?.ownAddresses ?? [])].sort()).toEqual(['10.0.0.2', '10.96.0.9']);
    // The label means nothing elsewhere.
    sources.pods.set({ ...own, addresses: ['10.0.0.3'] });
    expect(knowledge.settings?.ownAddresses.has('10.0.0.3')).toBe(false);
  });
});

describe('ClientFinder', () => {
  function known(changes: Partial<EgressProxy['spec']> = {}) {
    const world = setUp();
    void world.knowledge.follow(world.sources, new AbortController().signal);
    world.sources.egressProxies.set(proxy(changes));
    world.sources.namespaces.set(namespace('my-app'));
    const kind = async (address: string) => (await world.finder.find(address)).kind;
    return { ...world, kind };
  }
  const nodes = (clientCIDRs: string[]): ClusterEgressRuleSet => ({
    apiVersion: API,
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'nodes' },
    spec: { targets: ['h.example:443'], clientCIDRs },
  });

  it('finds a pod of a namespace that this proxy serves', async () => {
    const { sources, kind } = known();
    sources.pods.set(pod('10.0.0.7'));
    expect(await kind('10.0.0.7')).toBe('pod');
  });

  it.each([
    ['has no mode', namespace('my-app', 'none')],
    ['uses another proxy', namespace('my-app', 'enforce', { 'egress.zalando.org/proxy': 'a.b' })],
  ])('does not serve a pod whose namespace %s', async (_, changed) => {
    const { sources, kind } = known();
    sources.pods.set(pod('10.0.0.7'));
    sources.namespaces.set(changed);
    expect(await kind('10.0.0.7')).toBe('notServed');
  });

  it('waits for a pod, and for its namespace', async () => {
    const { sources, knowledge, finder } = known({ identityHoldSeconds: 5 });
    sources.namespaces.delete(namespace('my-app'));
    const found = finder.find('10.0.0.7');
    sources.pods.set(pod('10.0.0.7'));
    await Promise.resolve();
    sources.namespaces.set(namespace('my-app'));
    expect((await found).kind).toBe('pod');
    expect(knowledge.podAt('10.0.0.7')).toBeDefined();
  });

  it('takes a node for a client, and a pod that is not known never for a node', async () => {
    const { sources, kind } = known();
    sources.clusterEgressRuleSets.set(nodes(['0.0.0.0/0']));
    expect([await kind('192.168.1.1'), await kind('10.0.0.7'), await kind('fd00::1')]).toEqual([
      'range',
      'unknown',
      'unknown',
    ]);
  });

  it('bounds those that wait', async () => {
    const { finder, kind } = known({ identityHoldSeconds: 5, limits: { pendingPerSource: 1 } });
    void finder.find('10.0.0.7');
    expect(await kind('10.0.0.7')).toBe('tooMany');
  });
});

describe('snapshots', () => {
  const path = () => join(mkdtempSync(join(tmpdir(), 'snapshot-')), 'snapshot.jsonl');
  const entries = [{ kind: 'egressRuleSets', object: ruleSet('a') }];

  it('come back as they were written', async () => {
    const file = path();
    await writeSnapshot(file, '2026-01-01T00:00:00Z', entries);
    expect(await readSnapshot(file)).toEqual({ savedAt: '2026-01-01T00:00:00Z', entries });
  });

  it.each([
    ['cut off', (text: string) => text.split('\n').slice(0, -2).join('\n')],
    ['of another release', (text: string) => text.replace('"version":1', '"version":0')],
    ['no JSON', () => 'x'],
    ['empty', () => ''],
  ])('count for nothing when they are %s', async (_, spoil) => {
    const file = path();
    await writeSnapshot(file, '2026-01-01T00:00:00Z', entries);
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    expect(await readSnapshot(file)).toBeUndefined();
  });

  it('are written once for many changes', async () => {
    let gathered = 0;
    const file = path();
    const keeper = new SnapshotKeeper({
      path: file,
      entries: () => {
        gathered += 1;
        return entries;
      },
      clock: systemClock,
      log: silentLog,
      delayMs: 60_000,
    });
    for (let changes = 0; changes < 10; changes += 1) keeper.changed();
    await keeper.flush();
    await keeper.flush();
    expect(gathered).toBe(1);
    expect((await readSnapshot(file))?.entries).toEqual(entries);
  });
});

describe('judgeFreshness', () => {
  const synced = { hasSynced: true, health: { ok: true } } as const;
  const away = {
    hasSynced: false,
    health: { ok: false, reason: 'Unreachable', message: 'refused' },
  } as const;
  const listing = {
    hasSynced: false,
    health: { ok: false, reason: 'Pending', message: 'not listed' },
  } as const;
  const denied = {
    hasSynced: false,
    health: { ok: false, reason: 'PermissionDenied', message: 'no' },
  } as const;
  const savedAt = '2026-01-01T00:00:00Z';
  it.each([
    ['everything listed', { a: synced, b: synced }, savedAt, 0, 'synced'],
    ['being listed', { a: synced, b: listing }, savedAt, 60_000, 'unknown'],
    ['the API server away, just now', { a: away }, savedAt, 2999, 'unknown'],
    ['the API server away for three seconds', { a: away }, savedAt, 3000, 'stale'],
    ['the API server away and no snapshot', { a: away }, undefined, 60_000, 'unknown'],
    ['not permitted', { a: synced, b: denied }, savedAt, 3000, 'stale'],
    ['not permitted and no snapshot', { a: synced, b: denied }, undefined, 60_000, 'unknown'],
    ['listed once and away since', { a: { ...away, hasSynced: true } }, savedAt, 60_000, 'synced'],
  ])('%s', (_, sources, saved, ageMs, kind) => {
    expect(judgeFreshness({ sources, savedAt: saved, ageMs }).kind).toBe(kind);
  });
});
