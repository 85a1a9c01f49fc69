import { describe, expect, test } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { FakeClock, settle } from '../../time/fake-clock.ts';
import { RevokedTunnels } from './revoked-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

const tunnel = (id: string): Tunnel =>
  ({ id, client: { address: '10.0.0.7', port: Number(id) }, known: {}, revoked: true }) as unknown as Tunnel;

function stage(answers: ('ends' | 'fails')[], { ids = ['1'], wanted = true } = {}) {
  const clock = new FakeClock();
  const open = new Map(ids.map((id) => [id, tunnel(id)]));
  const requested: number[][] = [];
  const outcomes: string[] = [];
  const revoked = new RevokedTunnels({
    tunnels: { get: (id) => open.get(id) },
    wanted: () => wanted,
    end: async (clients) => {
      requested.push(clients.map(({ port }) => port));
      if (answers.shift() === 'fails') throw new Error('no closer');
      // Their audit lines follow.
      for (const { port } of clients) open.delete(`${port}`);
      return clients.length;
    },
    onEnded: (outcome, count) => outcomes.push(`${outcome} ${count}`),
    clock,
    log: silentLog,
  });
  const check = () => {
    for (const each of open.values()) revoked.end(each);
  };
  return { clock, open, requested, outcomes, check };
}

describe('RevokedTunnels', () => {
  test('ends tunnels that are revoked together in one request', async () => {
    const { check, requested, outcomes, clock } = stage([], { ids: ['1', '2'] });
    check();
    await settle();
    expect(requested).toEqual([[1, 2]]);
    await clock.advance(60_000);
    expect(outcomes).toEqual(['ended 2']);
  });

  test('ends many in batches, one after the other', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `${index + 1}`);
    const { check, requested, open, clock } = stage([], { ids });
    check();
    await clock.advance(60_000);
    expect(requested.map((batch) => batch.length)).toEqual([100, 100, 50]);
    expect(open.size).toBe(0);
  });

  test('tries again if a tunnel cannot be ended, and counts the failure', async () => {
    const { check, outcomes, clock } = stage(['fails', 'fails', 'ends']);
    check();
    await clock.advance(60_000);
    expect(outcomes).toEqual(['failed 1', 'failed 1', 'ended 1']);
  });

  test('leaves a tunnel open that is allowed again', async () => {
    const { check, requested, open, clock } = stage(['fails']);
    check();
    await settle();
    open.set('1', { ...tunnel('1'), revoked: false });
    await clock.advance(60_000);
    expect(requested).toHaveLength(1);
  });

  test('sends one request at a time, however often a tunnel is found revoked', async () => {
    const { check, requested, clock } = stage(['fails', 'ends']);
    for (let times = 0; times < 5; times += 1) check();
    await settle();
    check();
    expect(requested).toHaveLength(1);
    await clock.advance(60_000);
    expect(requested).toHaveLength(2);
  });

  test('ends nothing without closeRevoked', async () => {
    const { check, requested, clock } = stage([], { wanted: false });
    check();
    await clock.advance(60_000);
    expect(requested).toEqual([]);
  });
});
