import { describe, expect, it } from 'vitest';
import { type AgentPod, trimAgentPod } from '../../agent-client/index.ts';
import type { Flow } from '../../api/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import { AgentPoller } from './agent-poller.ts';

const pod: AgentPod = {
  metadata: { name: 'squid-1', namespace: 'egress-proxy', resourceVersion: '1' },
  name: 'egress-proxy/squid-1',
  address: '10.244.0.9',
  serverName: 'squid.egress-proxy.svc',
  proxy: 'egress-proxy/squid',
  usable: true,
};

/** An agent with 2,500 flows that answers like the real one. */
function setUp() {
  const agent = { instance: 'one', count: 2_500, dropped: 0, failure: undefined as string | undefined };
  const paths: string[] = [];
  const pages: { count: number; dropped: number }[] = [];
  const gone: string[] = [];
  const pods = [pod];
  const clock = new FakeClock();
  const poller = new AgentPoller({
    clock,
    pods: () => pods,
    onFlows: (_, { flows, dropped }) => pages.push({ count: flows.length, dropped }),
    onGone: (name) => gone.push(name),
    get: async (_, path) => {
      paths.push(path);
      if (agent.failure !== undefined) throw new Error(agent.failure);
      const { instance, dropped } = agent;
      if (path === '/v1/activity')
        return { instance, since: '2026-01-01T00:00:00Z', namespaces: {}, rules: {} };
      const after = Number(/after=(\d+)/.exec(path)?.[1]);
      const next = Math.min(agent.count, after + 1_000);
      const flows = Array.from({ length: Math.max(0, next - after) }, (_, index) => ({
        seq: after + index + 1,
      }));
      return { instance, next: Math.max(after, next), dropped, flows: flows as Flow[] };
    },
  });
  return { agent, paths, pages, gone, pods, clock, poller };
}

describe('AgentPoller', () => {
  it('reads all flows of an agent, page by page, then only new ones', async () => {
    const { poller, pages, agent, clock } = setUp();
    await poller.refresh();
    expect(pages.map(({ count }) => count)).toEqual([1_000, 1_000, 500]);
    agent.count = 2_503;
    await clock.advance(1_000);
    await poller.refresh();
    expect(pages.at(-1)?.count).toBe(3);
    expect(poller.states).toMatchObject([{ state: 'answering', since: '2026-01-01T00:00:00Z' }]);
  });

  it('polls once for all viewers within a second', async () => {
    const { poller, paths } = setUp();
    await Promise.all([poller.refresh(), poller.refresh(), poller.refresh()]);
    await poller.refresh();
    expect(paths.filter((path) => path === '/v1/activity')).toHaveLength(1);
  });

  it('reads a restarted agent from the beginning and drops its open tunnels', async () => {
    const { poller, pages, agent, gone, clock } = setUp();
    await poller.refresh();
    Object.assign(agent, { instance: 'two', count: 4 });
    await clock.advance(1_000);
    await poller.refresh();
    expect(pages.at(-1)?.count).toBe(4);
    expect(gone).toEqual(['egress-proxy/squid-1']);
  });

  it('counts flows that an agent dropped as missed only after the first poll', async () => {
    const { poller, pages, agent, clock } = setUp();
    Object.assign(agent, { count: 1, dropped: 99 });
    await poller.refresh();
    expect(pages).toEqual([{ count: 1, dropped: 0 }]);
    agent.count = 2;
    await clock.advance(1_000);
    await poller.refresh();
    expect(pages.at(-1)).toEqual({ count: 1, dropped: 99 });
  });

  it('names an agent that does not answer, and keeps its last report', async () => {
    const { poller, agent, clock } = setUp();
    await poller.refresh();
    agent.failure = 'connect ECONNREFUSED';
    await clock.advance(1_000);
    await poller.refresh();
    expect(poller.states).toMatchObject([
      { state: 'unreachable', message: 'connect ECONNREFUSED', lastAnswerAt: expect.any(String) },
    ]);
    expect(poller.reports).toHaveLength(1);
    agent.failure = undefined;
    await clock.advance(1_000);
    await poller.refresh();
    expect(poller.states).toMatchObject([{ state: 'answering' }]);
  });

  it('drops a pod that is gone or terminating', async () => {
    const { poller, pods, gone, clock } = setUp();
    await poller.refresh();
    pods[0] = { ...pod, usable: false };
    await clock.advance(1_000);
    await poller.refresh();
    expect([poller.states, gone]).toEqual([[], ['egress-proxy/squid-1']]);
  });
});

describe('trimAgentPod', () => {
  const labels = {
    'egress.zalando.org/component': 'proxy',
    'egress.zalando.org/owner-proxy': 'egress-proxy.squid',
  };
  const running = (more: object = {}, status: object = {}) =>
    trimAgentPod({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'squid-1', namespace: 'egress-proxy', resourceVersion: '1', labels, ...more },
      status: { phase: 'Running', podIP: '10.244.0.9', ...status },
    });
  it('finds the proxy and the DNS name of its certificate', () => {
    expect(running()).toEqual(pod);
  });
  it.each([
    ['that is terminating', running({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['that has ended', running({}, { phase: 'Succeeded' })],
    ['in another namespace than its label says', running({ namespace: 'shop' })],
    ['without the label', running({ labels: {} })],
  ])('polls no pod %s', (_, kept) => {
    expect(kept.usable).toBe(false);
  });
});
