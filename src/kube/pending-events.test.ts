import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginSeries, type EventSeries } from './event-series.ts';
import { PendingEvents } from './pending-events.ts';

const series = (kind: string, reason: string, type: 'Normal' | 'Warning' = 'Normal'): EventSeries =>
  beginSeries(
    { regarding: { apiVersion: 'v1', kind, metadata: { name: 'a' } }, reason, type, message: '' },
    '',
  );

describe('PendingEvents', () => {
  it('gives the Events in their order, each once', () => {
    const pending = new PendingEvents(3);
    const [one, other] = [series('Pod', 'Ready'), series('Pod', 'Ready')];
    for (const each of [one, other, one]) pending.add(each);
    expect([pending.take(), pending.take(), pending.take()]).toEqual([one, other, undefined]);
    expect(pending.takeSummary()).toBeUndefined();
  });

  it('sums up those left out, the most first, and warns if one of them does', () => {
    const pending = new PendingEvents(1);
    pending.add(series('Pod', 'Ready'));
    pending.add(series('Pod', 'Invalid', 'Warning'));
    for (let count = 0; count < 3; count += 1) pending.add(series('EgressActivity', 'Enforced'));
    const summary = pending.takeSummary();
    expect(summary?.type).toBe('Warning');
    expect(summary?.message).toMatch(
      /^4 Events were left out because 1 others were waiting: 3 Enforced of EgressActivity, 1 Invalid of Pod\./,
    );
    expect(pending.takeSummary()).toBeUndefined();
  });

  it('neither loses nor repeats an Event, and stays within its capacity', () => {
    const kinds = fc.array(fc.stringMatching(/^[A-Z][a-z]{0,8}$/), { maxLength: 200 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 0, max: 20 }), (given, capacity) => {
        const pending = new PendingEvents(capacity);
        for (const kind of given) pending.add(series(kind, 'Ready'));
        expect(pending.size).toBeLessThanOrEqual(capacity);
        let taken = 0;
        while (pending.take() !== undefined) taken += 1;
        const left = Number(/^\d+/.exec(pending.takeSummary()?.message ?? '0')?.[0]);
        expect(taken + left).toBe(given.length);
      }),
    );
  });

  it('has a short summary however many kinds and reasons there are', () => {
    const pending = new PendingEvents(0);
    for (let number = 0; number < 1000; number += 1) pending.add(series('Pod', `Reason${number}`));
    expect(pending.takeSummary()?.message.length).toBeLessThan(1024);
  });
});
