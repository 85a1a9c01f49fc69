import { describe, expect, it } from 'vitest';
import type { ClusterEgressRuleSet } from '../../api/index.ts';
import { podClient } from '../../rules/decide/rule-set-index.fixture.ts';
import type { Client } from '../../rules/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import { OpenRequests, type RequestOutline } from '../open-requests/index.ts';
import { policyStage, proxyWith } from '../state/policy-state.fixture.ts';
import { ClientLimits } from './client-limits.ts';

const shop = podClient({ namespace: 'shop' });
const bank = podClient({ namespace: 'bank', namespaceLabels: { tier: 'small' } });

const narrowing = (limits: object, spec: object = {}): ClusterEgressRuleSet => ({
  apiVersion: 'zalando.org/v1',
  kind: 'ClusterEgressRuleSet',
  metadata: { name: 'narrow', uid: 'narrow', generation: 1 },
  spec: { targets: [], limits, ...spec },
});

/** What is known of a namespace's requests from address `a`. */
function outlineOf(namespace: string): RequestOutline {
  const sizes = { bytesReceived: 0, bytesSent: 0, durationMs: 0 };
  return { client: 'a', known: { namespace, target: 'h.example:443', verdict: 'allow', ...sizes } };
}

function setUp(spec = { requestsPerSecond: 10, requestBurst: 5, connections: 4 }) {
  const { policy, sources } = policyStage();
  void policy.follow(sources, new AbortController().signal);
  const clock = new FakeClock();
  const answers = {
    revision: 1,
    invalidate() {
      answers.revision += 1;
    },
  };
  let peers: ReadonlySet<string> | undefined = new Set<string>();
  const requests = new OpenRequests();
  const limits = new ClientLimits({ policy, answers, open: requests, peers: async () => peers, clock });
  policy.subscribe({ onChange: () => answers.invalidate() });
  sources.egressProxies.set(proxyWith({ limits: spec }));
  /** How many of these requests are decided immediately, later, and not at all. */
  const ask = (client: Client, count: number) => {
    const answered = Array.from({ length: count }, () => limits.admit(client, 'a 99'));
    const isNow = ({ waitMs, refusal }: (typeof answered)[number]) => waitMs === 0 && refusal === undefined;
    return {
      now: answered.filter(isNow).length,
      later: answered.filter((each) => !isNow(each) && each.refusal === undefined).length,
      refused: answered.filter(({ refusal }) => refusal?.reason === 'RateLimited').length,
    };
  };
  const open = (client: string, from: number, count: number) => {
    for (let port = from; port < from + count; port += 1)
      requests.open(`${client}-${port}`, outlineOf(client), { port, time: clock.now() });
  };
  const end = (id: string) => requests.end(id);
  /** Whether a client gets a lease after it has used what it has used. */
  const leases = (client: Client) => {
    limits.used(client);
    return limits.mayLease(client);
  };
  return {
    limits,
    sources,
    clock,
    answers,
    ask,
    open,
    end,
    leases,
    setPeers: (now: typeof peers) => (peers = now),
  };
}

describe('ClientLimits, requests a second', () => {
  it('lets a burst pass, delays what follows, and refuses the rest; other namespaces notice nothing', () => {
    const { ask } = setUp();
    expect(ask(shop, 100)).toEqual({ now: 5, later: 10, refused: 85 });
    expect(ask(bank, 5)).toEqual({ now: 5, later: 0, refused: 0 });
  });

  it('counts all pods of a namespace together, in observe mode too', () => {
    const { ask } = setUp();
    ask(shop, 3);
    expect(ask(podClient({ namespace: 'shop', name: 'other', mode: 'observe' }), 3).now).toBe(2);
  });

  it('delays the refusal too, so that a client that waits for it sends one request a second', () => {
    const { limits, ask } = setUp();
    ask(shop, 15);
    expect(limits.admit(shop, 'a 99')).toMatchObject({ waitMs: 1000, refusal: { reason: 'RateLimited' } });
  });

  it('has limits without any setting', () => {
    const { ask } = setUp({} as never);
    expect(ask(shop, 5000)).toEqual({ now: 2000, later: 1000, refused: 2000 });
  });
});

describe('ClientLimits, cluster rule sets', () => {
  it.each<[string, ClusterEgressRuleSet, number, number]>([
    ['narrow', narrowing({ requestBurst: 2 }), 2, 2],
    ['never widen', narrowing({ requestBurst: 100, requestsPerSecond: 1000 }), 5, 5],
    [
      'narrow the namespaces that they select',
      narrowing({ requestBurst: 1 }, { namespaceSelector: { matchLabels: { tier: 'small' } } }),
      5,
      1,
    ],
    [
      'with clientCIDRs are for others',
      narrowing({ requestBurst: 1 }, { clientCIDRs: ['192.0.2.0/24'] }),
      5,
      5,
    ],
    [
      'with a faulty selector narrow nothing',
      narrowing({ requestBurst: 1 }, { namespaceSelector: { matchLabels: { '': '!' } } }),
      5,
      5,
    ],
  ])('%s', (_, set, ofShop, ofBank) => {
    const { sources, ask } = setUp();
    sources.clusterEgressRuleSets.set(set);
    expect([ask(shop, 5).now, ask(bank, 5).now]).toEqual([ofShop, ofBank]);
    sources.clusterEgressRuleSets.delete(set);
  });
});

describe('ClientLimits, connections', () => {
  it('refuses one more than the limit, and only of that namespace', () => {
    const { limits, open, end } = setUp();
    open('shop', 1, 4);
    expect(limits.exceeded(shop, 'a 9')?.reason).toBe('TooManyConnections');
    expect(limits.exceeded(bank, 'a 9')).toBeUndefined();
    end('shop-1');
    expect(limits.exceeded(shop, 'a 9')).toBeUndefined();
  });

  it('lets an open connection send its next request', () => {
    const { limits, open } = setUp();
    open('shop', 1, 4);
    expect(limits.exceeded(shop, 'a 1')).toBeUndefined();
  });

  it('counts the connections that exist before it refuses, at most once a second: the log may not be read', async () => {
    const { limits, clock, open, setPeers } = setUp();
    open('shop', 1, 4);
    await clock.advance(10);
    setPeers(new Set(['a 1', 'a 2']));
    const admission = limits.admit(shop, 'a 9');
    expect(admission).toEqual({ waitMs: 0, refusal: undefined, recounts: true });
    await limits.wait(admission);
    expect(limits.exceeded(shop, 'a 9')).toBeUndefined();
    open('shop', 5, 2);
    setPeers(new Set());
    await limits.wait(limits.admit(shop, 'a 9'));
    expect(limits.exceeded(shop, 'a 9')?.reason).toBe('TooManyConnections');
    await clock.advance(1000);
    await limits.wait(limits.admit(shop, 'a 9'));
    expect(limits.exceeded(shop, 'a 9')).toBeUndefined();
  });
});

describe('ClientLimits, leases', () => {
  const wide = { requestsPerSecond: 4000, requestBurst: 2000, connections: 2000 };

  it('gives none from half of the rate on, ends those that exist once, and gives them again after a pause', async () => {
    const { leases, clock, answers, ask } = setUp(wide);
    ask(shop, 900);
    expect(leases(shop)).toBe(true);
    const { revision } = answers;
    ask(shop, 100);
    expect([leases(shop), leases(shop)]).toEqual([false, false]);
    expect(answers.revision).toBe(revision + 1);
    expect(leases(bank)).toBe(true);
    await clock.advance(1000);
    expect(leases(shop)).toBe(true);
    expect(answers.revision).toBe(revision + 1);
  });

  it('counts what the relay has answered, and ends its leases', () => {
    const { limits, answers, ask } = setUp(wide);
    const { revision } = answers;
    for (let count = 0; count < 2000; count += 1) limits.reused(shop);
    expect(answers.revision).toBe(revision + 1);
    expect(ask(shop, 1)).toEqual({ now: 0, later: 1, refused: 0 });
  });

  it('gives none from half of the connections on', () => {
    const { leases, open, end } = setUp(wide);
    open('shop', 1, 999);
    expect(leases(shop)).toBe(true);
    open('shop', 1000, 1);
    expect(leases(shop)).toBe(false);
    for (let port = 1; port <= 1000; port += 1) end(`shop-${port}`);
    expect(leases(shop)).toBe(true);
  });

  it('gives none where the relay could pass a limit before it reports', () => {
    const { leases, answers } = setUp();
    const { revision } = answers;
    expect(leases(shop)).toBe(false);
    expect(answers.revision).toBe(revision);
  });
});
