import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../kube/testing/fake-clock.ts';
import { silentLog } from '../../telemetry/index.ts';
import { RevokedTunnels } from './revoked-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

const tunnel = {
  id: 'a',
  client: { address: '10.0.0.7', port: 4711 },
  known: {},
  revoked: true,
} as unknown as Tunnel;

function stage(answers: (number | 'fails')[], { wanted = true } = {}) {
  const clock = new FakeClock();
  const open = new Map([['a', { ...tunnel }]]);
  const asked: string[] = [];
  const outcomes: string[] = [];
  const revoked = new RevokedTunnels({
    tunnels: { get: (id) => open.get(id) },
    wanted: () => wanted,
    end: async ({ address, port }) => {
      asked.push(`${address} ${port}`);
      const answer = answers.shift() ?? 0;
      if (answer === 'fails') throw new Error('no closer');
      // Its audit line follows.
      if (answer > 0) open.delete('a');
      return answer;
    },
    onEnded: (outcome) => outcomes.push(outcome),
    clock,
    log: silentLog,
  });
  return { clock, open, asked, outcomes, revoked };
}

describe('RevokedTunnels', () => {
  test("ends the client's connection", async () => {
    const { revoked, asked, outcomes, clock } = stage([1]);
    void revoked.end(tunnel);
    await clock.advance(60_000);
    expect(asked).toEqual(['10.0.0.7 4711']);
    expect(outcomes).toEqual(['ended']);
  });

  test('tries again where it cannot be ended, and says so', async () => {
    const { revoked, asked, outcomes, clock } = stage(['fails', 'fails', 1]);
    void revoked.end(tunnel);
    await clock.advance(60_000);
    expect(asked).toHaveLength(3);
    expect(outcomes).toEqual(['failed', 'failed', 'ended']);
  });

  test('lets it live where it is allowed again', async () => {
    const { revoked, asked, open, clock } = stage(['fails']);
    void revoked.end(tunnel);
    await settle();
    open.set('a', { ...tunnel, revoked: false });
    await clock.advance(60_000);
    expect(asked).toHaveLength(1);
  });

  test('asks once at a time, however often it is judged', async () => {
    const { revoked, asked, clock } = stage(['fails', 1]);
    for (let times = 0; times < 5; times += 1) void revoked.end(tunnel);
    await settle();
    expect(asked).toHaveLength(1);
    await clock.advance(60_000);
    expect(asked).toHaveLength(2);
  });

  test('lets it live without closeRevoked', async () => {
    const { revoked, asked, clock } = stage([1], { wanted: false });
    void revoked.end(tunnel);
    await clock.advance(60_000);
    expect(asked).toEqual([]);
  });
});
