import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { FakeClock, settle } from '../../time/fake-clock.ts';
import { ApiError } from '../client/api-error.ts';
import { type Lease, resources } from '../resources.ts';
import { type LeaderElectionOptions, runWhenLeader } from './leader-election.ts';
import type { LeaseClient } from './lease-lock.ts';

/** One Lease with the API server's optimistic locking. Nothing takes time here but what the test holds up. */
function startLeaseServer() {
  const state = {
    lease: undefined as Lease | undefined,
    /** Nothing is answered any more. */
    hung: false,
    /** Writes are answered when the test calls what is in here. */
    late: undefined as (() => void)[] | undefined,
  };
  const closed = new AbortController();
  let version = 0;
  const refuse = (status: number, reason: string) => new ApiError('Lease', status, { reason });
  const write = (sent: Lease): Lease => {
    version += 1;
    state.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(version) } };
    return state.lease;
  };
  const answered = async <T>(signal: AbortSignal | undefined, answer: () => T): Promise<T> => {
    signal?.throwIfAborted();
    if (state.hung) await never(AbortSignal.any([closed.signal, ...(signal ? [signal] : [])]));
    return answer();
  };
  const sent = async (signal: AbortSignal | undefined, answer: () => Lease): Promise<Lease> => {
    const { late } = state;
    if (late !== undefined) await new Promise<void>((resolve) => late.push(resolve));
    return answered(signal, answer);
  };
  const client = {
    find: (_, __, { signal } = {}) => answered(signal, () => state.lease),
    create: (_, lease, { signal } = {}) =>
      sent(signal, () => {
        if (state.lease !== undefined) throw refuse(409, 'AlreadyExists');
        return write(lease as Lease);
      }),
    update: (_, lease, { signal } = {}) =>
      sent(signal, () => {
        if (lease.metadata.resourceVersion !== state.lease?.metadata.resourceVersion)
          throw refuse(409, 'Conflict');
        return write(lease as Lease);
      }),
  } as LeaseClient;
  return { state, client, close: () => closed.abort(new Error('closed')) };
}

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });

type LeaseServer = ReturnType<typeof startLeaseServer>;

function candidate(
  { client, close }: LeaseServer,
  identity: string,
  clock: FakeClock,
  options: Partial<LeaderElectionOptions> = {},
) {
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
    close();
    await ended.catch(() => {});
  });
  return { seen, stop, ended };
}

/** Advances the clock in small steps and lets pending work run after each. */
async function pass(clock: FakeClock, ms: number, look: () => void = () => {}) {
  for (let passed = 0; passed < ms; passed += 500) {
    await clock.advance(500);
    look();
  }
}

describe('runWhenLeader', () => {
  it('leads if the Lease is free, and releases it immediately when it stops', async () => {
    const server = startLeaseServer();
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

  it('stops leading before another candidate may start, if the API server does not answer', async () => {
    const server = startLeaseServer();
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

  it('counts from when it sent the request for the Lease, however late the answer came', async () => {
    const server = startLeaseServer();
    const clock = new FakeClock();
    const late: (() => void)[] = [];
    server.state.late = late;
    const { seen } = candidate(server, 'a', clock);
    await pass(clock, 8000);
    for (const answer of late) answer();
    await settle();
    Object.assign(server.state, { late: undefined, hung: true });
    await pass(clock, 500);
    expect(seen.leading).toBe(true);
    await pass(clock, 2500);
    expect(seen).toMatchObject({ leading: false, times: 1 });
  });

  it('takes over from a dead candidate only after its Lease has expired', async () => {
    const server = startLeaseServer();
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

  it('stops when another candidate has taken the Lease, and leads again when it acquires it again', async () => {
    const server = startLeaseServer();
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

  it('keeps leading when another client has changed the Lease', async () => {
    const server = startLeaseServer();
    const clock = new FakeClock();
    const { seen } = candidate(server, 'a', clock);
    await pass(clock, 1000);
    const { lease } = server.state;
    if (lease === undefined) throw new Error('no Lease');
    server.state.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: 'touched' } };
    await pass(clock, 20_000);
    expect(seen).toMatchObject({ leading: true, times: 1 });
  });

  it('releases the Lease although a renewal that it aborted still reached the API server', async () => {
    const server = startLeaseServer();
    const clock = new FakeClock();
    const first = candidate(server, 'first', clock);
    await pass(clock, 1000);
    expect(first.seen.leading).toBe(true);
    // The answer to this renewal never arrives here.
    const { lease } = server.state;
    if (lease === undefined) throw new Error('no Lease');
    await server.client.update(resources.leases, lease);
    first.stop.abort();
    await first.ended;
    expect(server.state.lease?.spec?.holderIdentity).toBe('');
  });

  it('releases the Lease and rethrows an error of the work', async () => {
    const server = startLeaseServer();
    const { client } = server;
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

  it('rejects times that would allow two leaders', async () => {
    const { client } = startLeaseServer();
    const { signal } = new AbortController();
    const options = { client, namespace: 'system', name: 'lock', identity: 'a', log: silentLog, signal };
    const ended = runWhenLeader({ ...options, renewDeadlineMs: 20_000 }, async () => {});
    await expect(ended).rejects.toThrow('renewDeadlineMs < leaseDurationMs');
  });
});
