import { describe, expect, it } from 'vitest';
import { systemClock } from '../../time/index.ts';
import type { ClientPod } from '../state/index.ts';
import { RefusalEvents } from './refusal-events.ts';

describe('RefusalEvents', () => {
  function setUp() {
    const time = { now: 0 };
    const recorded: string[] = [];
    const clock = { ...systemClock, monotonic: () => time.now };
    const events = new RefusalEvents(
      {
        record: (regarding, _, reason, message) =>
          recorded.push(`${regarding.metadata.name} ${reason} ${message}`),
      },
      clock,
    );
    const pod = (name: string): ClientPod => ({
      metadata: { namespace: 'n', name, uid: name, labels: {} },
      owner: undefined,
      addresses: [],
      startedAt: '',
    });
    const refuse = (name: string, target: string) =>
      events.record(pod(name), target, 'NoMatchingRule', target);
    return { time, recorded, refuse };
  }

  it('records the first refusal for each pod and target', () => {
    const { recorded, refuse } = setUp();
    for (const target of ['a:1', 'a:1', 'b:1']) refuse('p', target);
    refuse('q', 'a:1');
    expect(recorded).toEqual(['p NoMatchingRule a:1', 'p NoMatchingRule b:1', 'q NoMatchingRule a:1']);
  });

  it('records it again after an hour', () => {
    const { time, recorded, refuse } = setUp();
    refuse('p', 'a:1');
    time.now = 60 * 60_000;
    refuse('p', 'a:1');
    expect(recorded).toHaveLength(2);
  });

  it('limits the rate of Events for all pods together', () => {
    const { time, recorded, refuse } = setUp();
    for (let target = 0; target < 1000; target += 1) refuse('p', `${target}`);
    expect(recorded).toHaveLength(50);
    time.now = 1000;
    for (let target = 0; target < 1000; target += 1) refuse('q', `${target}`);
    expect(recorded).toHaveLength(55);
  });
});
