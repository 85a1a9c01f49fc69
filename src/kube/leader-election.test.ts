import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { KubeClient } from './client.ts';
import { type LeaderElectionOptions, runWhenLeader } from './leader-election.ts';
import type { Lease } from './resources.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import { type Exchange, sendJson, sendStatus, startFaultServer } from './testing/fault-server.ts';

/** One Lease with the API server's optimistic locking. */
async function startLeaseServer() {
  const state: { lease: Lease | undefined; hung: boolean } = { lease: undefined, hung: false };
  let version = 0;
  const write = ({ response, body }: Exchange) => {
    version += 1;
    const lease = JSON.parse(body) as Lease;
    state.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } };
    sendJson(response, state.lease);
  };
  const serve: Record<string, (exchange: Exchange) => void> = {
    GET({ response }) {
      if (state.lease === undefined) sendStatus(response, 404, 'NotFound', 'none');
      else sendJson(response, state.lease);
    },
    POST(exchange) {
      if (state.lease === undefined) write(exchange);
      else sendStatus(exchange.response, 409, 'AlreadyExists', 'there');
    },
    PUT(exchange) {
      const sent = JSON.parse(exchange.body) as Lease;
      if (sent.metadata.resourceVersion === state.lease?.metadata.resourceVersion) write(exchange);
      else sendStatus(exchange.response, 409, 'Conflict', 'changed');
    },
  };
  const server = await startFaultServer((exchange) => {
    if (!state.hung) serve[exchange.method]?.(exchange);
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { state, server, cluster: server.cluster };
}

type LeaseServer = Awaited<ReturnType<typeof startLeaseServer>>;

function candidate(
  { cluster }: LeaseServer,
  identity: string,
  clock: FakeClock,
  options: Partial<LeaderElectionOptions> = {},
) {
  const client = new KubeClient(cluster);
  const stop = new AbortController();
  const seen = { leading: false, times: 0, reason: undefined as unknown };
  const lead = (signal: AbortSignal) => {
    seen.leading = true;
    seen.times += 1;
    return new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        seen.leading = false;
        seen.reason = signal.reason;
        resolve();
      });
    });
  };
  const common = { client, namespace: 'system', name: 'lock', log: silentLog, random: () => 0 };
  const ended = runWhenLeader({ ...common, identity, clock, signal: stop.signal, ...options }, lead);
  onTestFinished(async () => {
    stop.abort();
    await client.close();
    await ended.catch(() => {});
  });
  return { seen, stop, ended };
}

/** Moves the clock in small steps and lets the requests of each be answered. */
async function pass(clock: FakeClock, ms: number, look: () => void = () => {}) {
  for (let passed = 0; passed < ms; passed += 500) {
    await clock.advance(500);
    for (let turn = 0; turn < 5; turn += 1) await settle();
    look();
  }
}

describe('runWhenLeader', () => {
  it('leads where nobody does, and lets the next one in at once when it stops', async () => {
    const server = await startLeaseServer();
    const clock = new FakeClock();
    const first = candidate(server, 'a', clock);
    await pass(clock, 1000);
    expect(first.seen.leading).toBe(true);
    const second = candidate(server, 'b', clock);
    await pass(clock, 60_000, () => expect(first.seen.leading && second.seen.leading).toBe(false));
    expect(server.state.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 0 });

    first.stop.abort();
    await first.ended;
    expect(server.state.lease?.spec?.holderIdentity).toBe('');
    await pass(clock, 3000);
    expect(second.seen.leading).toBe(true);
    expect(server.state.lease?.spec).toMatchObject({
      holderIdentity: 'b',
      leaseTransitions: 1,
      leaseDurationSeconds: 15,
    });
  });

  it('stops leading before anybody else may begin, when the API server does not answer', async () => {
    const server = await startLeaseServer();
    const clock = new FakeClock();
    const first = candidate(server, 'a', clock);
    await pass(clock, 1000);
    const second = candidate(server, 'b', clock);
    await pass(clock, 5000);
    server.state.hung = true;
    await pass(clock, 10_500);
    expect(first.seen).toMatchObject({ leading: false, reason: new Error('the Lease is lost') });
    expect(second.seen.times).toBe(0);
  });

  it('counts from when it asked for the Lease, however late the answer came', async () => {
    const server = await startLeaseServer();
    const clock = new FakeClock();
    const answer = server.server.answer;
    const late: (() => void)[] = [];
    server.server.answer = (exchange) => {
      if (exchange.method === 'GET') answer(exchange);
      else late.push(() => answer(exchange));
    };
    const { seen } = candidate(server, 'a', clock);
    await pass(clock, 8000);
    for (const send of late) send();
    server.state.hung = true;
    await pass(clock, 500);
    expect(seen.leading).toBe(true);
    await pass(clock, 2500);
    expect(seen).toMatchObject({ leading: false, times: 1 });
  });

  it('takes over from a candidate that has died, not before its Lease has run out', async () => {
    const server = await startLeaseServer();
    const clock = new FakeClock();
    server.state.lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'system', name: 'lock', resourceVersion: '7' },
      // A clock that is years ahead does not matter.
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '2036-01-01T00:00:00.000000Z' },
    };
    const { seen } = candidate(server, 'a', clock);
    await pass(clock, 14_500);
    expect(seen.leading).toBe(false);
    await pass(clock, 3000);
    expect(seen.leading).toBe(true);
  });

  it('stops when somebody else has taken the Lease, and leads again when it gets it back', async () => {
    const server = await startLeaseServer();
    const clock = new FakeClock();
    const { seen } = candidate(server, 'a', clock);
    await pass(clock, 1000);
    const { lease } = server.state;
    if (lease === undefined) throw new Error('no Lease');
    const spec = { ...lease.spec, holderIdentity: 'thief', leaseDurationSeconds: 5 };
    server.state.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: 'stolen' }, spec };
    await pass(clock, 2500);
    expect(seen.leading).toBe(false);
    await pass(clock, 8000);
    expect(seen).toMatchObject({ leading: true, times: 2 });
  });

  it('goes on leading when somebody else has touched the Lease', async () => {
    const server = await startLeaseServer();
    const clock = new FakeClock();
    const { seen } = candidate(server, 'a', clock);
    await pass(clock, 1000);
    const { lease } = server.state;
    if (lease === undefined) throw new Error('no Lease');
    server.state.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: 'touched' } };
    await pass(clock, 20_000);
    expect(seen).toMatchObject({ leading: true, times: 1 });
  });

  it('releases the Lease and throws on what the work throws', async () => {
    const server = await startLeaseServer();
    const client = new KubeClient(server.cluster);
    onTestFinished(() => client.close());
    const { signal } = new AbortController();
    const ended = runWhenLeader(
      { client, namespace: 'system', name: 'lock', identity: 'a', log: silentLog, signal },
      async () => {
        throw new Error('broken work');
      },
    );
    await expect(ended).rejects.toThrow('broken work');
    expect(server.state.lease?.spec?.holderIdentity).toBe('');
  });

  it('refuses times with which two could lead', async () => {
    const server = await startLeaseServer();
    const client = new KubeClient(server.cluster);
    const { signal } = new AbortController();
    const options = { client, namespace: 'system', name: 'lock', identity: 'a', log: silentLog, signal };
    const ended = runWhenLeader({ ...options, renewDeadlineMs: 20_000 }, async () => {});
    await expect(ended).rejects.toThrow('renewDeadlineMs < leaseDurationMs');
  });
});
