import { describe, expect, it } from 'vitest';
import type { Flow } from '../../api/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import { type AgentPod, trimAgentPod } from './agent-pod.ts';
import { AgentPoller } from './agent-poller.ts';

const pod: AgentPod = {
  metadata: { name: 'squid-1', namespace: 'egress-proxy', resourceVersion: '1' },
  name: 'egress-proxy/squid-1',
  address: '10.244.0.9',
  serverName: 'squid.egress-proxy.svc',
  proxy: 'egress-proxy/squid',
  usable: true,
};

/** An agent that remembers 2,500 flows, and answers as the real one does. */
function setUp() {
  const agent = { instance: 'one', count: 2_500, dropped: 0, failure: undefined as string | undefined };
  const asked: string[] = [];
  const told: { count: number; dropped: number }[] = [];
  const gone: string[] = [];
  const pods = [pod];
  const clock = new FakeClock();
  const board = new AgentPoller({
    clock,
    pods: () => pods,
    onFlows: (_, { flows, dropped }) => told.push({ count: flows.length, dropped }),
    onGone: (name) => gone.push(name),
    get: async (_, path) => {
      asked.push(path);
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
  return { agent, asked, told, gone, pods, clock, board };
}

describe('AgentBoard', () => {
  it('asks for all that an agent remembers, page by page, then for what is new', async () => {
    const { board, told, agent, clock } = setUp();
    await board.refresh();
    expect(told.map(({ count }) => count)).toEqual([1_000, 1_000, 500]);
    agent.count = 2_503;
    await clock.advance(1_000);
    await board.refresh();
    expect(told.at(-1)?.count).toBe(3);
    expect(board.states).toMatchObject([{ state: 'answering', since: '2026-01-01T00:00:00Z' }]);
  });

  it('asks once for all who look within a second', async () => {
    const { board, asked } = setUp();
    await Promise.all([board.refresh(), board.refresh(), board.refresh()]);
    await board.refresh();
    expect(asked.filter((path) => path === '/v1/activity')).toHaveLength(1);
  });

  it('begins anew with an agent that was restarted, whose open tunnels are forgotten', async () => {
    const { board, told, agent, gone, clock } = setUp();
    await board.refresh();
    Object.assign(agent, { instance: 'two', count: 4 });
    await clock.advance(1_000);
    await board.refresh();
    expect(told.at(-1)?.count).toBe(4);
    expect(gone).toEqual(['egress-proxy/squid-1']);
  });

  it('takes what an agent forgot before it was first asked for no loss, and later for one', async () => {
    const { board, told, agent, clock } = setUp();
    Object.assign(agent, { count: 1, dropped: 99 });
    await board.refresh();
    expect(told).toEqual([{ count: 1, dropped: 0 }]);
    agent.count = 2;
    await clock.advance(1_000);
    await board.refresh();
    expect(told.at(-1)).toEqual({ count: 1, dropped: 99 });
  });

  it('says which agent does not answer, and keeps what it said before', async () => {
    const { board, agent, clock } = setUp();
    await board.refresh();
    agent.failure = 'connect ECONNREFUSED';
    await clock.advance(1_000);
    await board.refresh();
    expect(board.states).toMatchObject([
      { state: 'unreachable', message: 'connect ECONNREFUSED', heard: expect.any(String) },
    ]);
    expect(board.reports).toHaveLength(1);
    agent.failure = undefined;
    await clock.advance(1_000);
    await board.refresh();
    expect(board.states).toMatchObject([{ state: 'answering' }]);
  });

  it('forgets a pod that is gone, or on its way', async () => {
    const { board, pods, gone, clock } = setUp();
    await board.refresh();
    pods[0] = { ...pod, usable: false };
    await clock.advance(1_000);
    await board.refresh();
    expect([board.states, gone]).toEqual([[], ['egress-proxy/squid-1']]);
  });
});

describe('keepAgentPod', () => {
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
  it('knows the proxy and the name in its certificate', () => {
    expect(running()).toEqual(pod);
  });
  it.each([
    ['that is going', running({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['that has ended', running({}, { phase: 'Succeeded' })],
    ['of another namespace than its label says', running({ namespace: 'shop' })],
    ['without the label', running({ labels: {} })],
  ])('asks no pod %s', (_, kept) => {
    expect(kept.usable).toBe(false);
  });
});
