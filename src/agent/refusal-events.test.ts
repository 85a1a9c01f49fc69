import { describe, expect, it } from 'vitest';
import { systemClock } from '../time/index.ts';
import type { ClientPod } from './identity/client-pod.ts';
import { RefusalEvents } from './refusal-events.ts';

describe('RefusalEvents', () => {
  function setUp() {
    const time = { now: 0 };
    const told: string[] = [];
    const clock = { ...systemClock, monotonic: () => time.now };
    const events = new RefusalEvents(
      {
        record: (regarding, _, reason, message) =>
          told.push(`${regarding.metadata.name} ${reason} ${message}`),
      },
      clock,
    );
    const pod = (name: string): ClientPod => ({
      metadata: { namespace: 'n', name, uid: name, labels: {} },
      owner: undefined,
      addresses: [],
      startedAt: '',
    });
    const tell = (name: string, target: string) => events.tell(pod(name), target, 'NoMatchingRule', target);
    return { time, told, tell };
  }

  it('tells of the first refusal for each pod and target', () => {
    const { told, tell } = setUp();
    for (const target of ['a:1', 'a:1', 'b:1']) tell('p', target);
    tell('q', 'a:1');
    expect(told).toEqual(['p NoMatchingRule a:1', 'p NoMatchingRule b:1', 'q NoMatchingRule a:1']);
  });

  it('tells again after an hour', () => {
    const { time, told, tell } = setUp();
    tell('p', 'a:1');
    time.now = 60 * 60_000;
    tell('p', 'a:1');
    expect(told).toHaveLength(2);
  });

  it('is limited, whatever pods do', () => {
    const { time, told, tell } = setUp();
    for (let target = 0; target < 1000; target += 1) tell('p', `${target}`);
    expect(told).toHaveLength(50);
    time.now = 1000;
    for (let target = 0; target < 1000; target += 1) tell('q', `${target}`);
    expect(told).toHaveLength(55);
  });
});
