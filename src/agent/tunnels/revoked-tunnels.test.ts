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
  const asked: number[][] = [];
  const outcomes: string[] = [];
  const revoked = new RevokedTunnels({
    tunnels: { get: (id) => open.get(id) },
    wanted: () => wanted,
    end: async (clients) => {
      asked.push(clients.map(({ port }) => port));
      if (answers.shift() === 'fails') throw new Error('no closer');
      // Their audit lines follow.
      for (const { port } of clients) open.delete(`${port}`);
      return clients.length;
    },
    onEnded: (outcome, count) => outcomes.push(`${outcome} ${count}`),
    clock,
    log: silentLog,
  });
  const judge = () => {
    for (const each of open.values()) revoked.end(each);
  };
  return { clock, open, asked, outcomes, judge };
}

describe('RevokedTunnels', () => {
  test('ends what is revoked at once, together', async () => {
    const { judge, asked, outcomes, clock } = stage([], { ids: ['1', '2'] });
    judge();
    await settle();
    expect(asked).toEqual([[1, 2]]);
    await clock.advance(60_000);
    expect(outcomes).toEqual(['ended 2']);
  });

  test('ends many in portions, one after the other', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `${index + 1}`);
    const { judge, asked, open, clock } = stage([], { ids });
    judge();
    await clock.advance(60_000);
    expect(asked.map((portion) => portion.length)).toEqual([100, 100, 50]);
    expect(open.size).toBe(0);
  });

  test('tries again where it cannot be ended, and says so', async () => {
    const { judge, outcomes, clock } = stage(['fails', 'fails', 'ends']);
    judge();
    await clock.advance(60_000);
    expect(outcomes).toEqual(['failed 1', 'failed 1', 'ended 1']);
  });

  test('lets it live where it is allowed again', async () => {
    const { judge, asked, open, clock } = stage(['fails']);
    judge();
    await settle();
    open.set('1', { ...tunnel('1'), revoked: false });
    await clock.advance(60_000);
    expect(asked).toHaveLength(1);
  });

  test('asks once at a time, however often it is judged', async () => {
    const { judge, asked, clock } = stage(['fails', 'ends']);
    for (let times = 0; times < 5; times += 1) judge();
    await settle();
    judge();
    expect(asked).toHaveLength(1);
    await clock.advance(60_000);
    expect(asked).toHaveLength(2);
  });

  test('lets it live without closeRevoked', async () => {
    const { judge, asked, clock } = stage([], { wanted: false });
    judge();
    await clock.advance(60_000);
    expect(asked).toEqual([]);
  });
});
