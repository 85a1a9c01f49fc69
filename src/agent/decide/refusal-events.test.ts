import { describe, expect, it } from 'vitest';
import { systemClock } from '../../time/index.ts';
import type { ClientPod } from '../state/client-pod.ts';
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
    const pod = (name: string, namespace: string): ClientPod => ({
      metadata: { namespace, name, uid: name, labels: {} },
      owner: undefined,
      addresses: [],
      startedAt: '',
    });
    const refuse = (name: string, target: string, namespace = 'n') =>
      events.record(pod(name, namespace), target, 'NoMatchingRule', target);
    return { time, recorded, refuse };
  }

  it('tells of the first refusal for each pod and target', () => {
    const { recorded, refuse } = setUp();
    for (const target of ['a:1', 'a:1', 'b:1']) refuse('p', target);
    refuse('q', 'a:1');
    expect(recorded).toEqual(['p NoMatchingRule a:1', 'p NoMatchingRule b:1', 'q NoMatchingRule a:1']);
  });

  it('tells again after an hour', () => {
    const { time, recorded, refuse } = setUp();
    refuse('p', 'a:1');
    time.now = 60 * 60_000;
    refuse('p', 'a:1');
    expect(recorded).toHaveLength(2);
  });

  it('leaves other pods and other namespaces their Events, whatever one pod or one namespace does', () => {
    const { recorded, refuse } = setUp();
    const count = (from: number) => recorded.length - from;
    for (let target = 0; target < 1000; target += 1) refuse('noisy', `${target}`);
    expect(count(0)).toBe(10);
    refuse('neighbour', 'a:1');
    expect(count(0)).toBe(11);
    for (let pod = 0; pod < 1000; pod += 1) refuse(`noisy-${pod}`, 'a:1');
    expect(count(0)).toBe(20);
    refuse('victim', 'a:1', 'other');
    expect(recorded.at(-1)).toBe('victim NoMatchingRule a:1');
    expect(count(0)).toBe(21);
  });

  it('allows a pod one more after its time, and its namespace', () => {
    const { time, recorded, refuse } = setUp();
    for (let target = 0; target < 1000; target += 1) refuse('p', `${target}`);
    time.now = 30_000;
    for (let target = 0; target < 1000; target += 1) refuse('p', `${target}`);
    expect(recorded).toHaveLength(11);
  });

  it('is limited in all, whatever pods do', () => {
    const { time, recorded, refuse } = setUp();
    const refuseAll = (round: string) => {
      for (let index = 0; index < 1000; index += 1) refuse(`${round}-${index}`, 'a:1', `${round}-${index}`);
    };
    refuseAll('a');
    expect(recorded).toHaveLength(200);
    time.now = 1000;
    refuseAll('b');
    expect(recorded).toHaveLength(205);
  });
});
