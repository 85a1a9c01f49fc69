import { describe, expect, test } from 'vitest';
import type { DesiredObject } from '../../api/index.ts';
import { ContestedWrites } from './contested-writes.ts';

const MINUTE = 60_000;

function object(content: string): DesiredObject {
  return { apiVersion: 'v1', kind: 'Guard', metadata: { name: 'pods' }, spec: { content } };
}

/** The times of the writes when another writer undoes each of them immediately. */
function writesWithin(duration: number, contentAt: (now: number) => string): number[] {
  const contested = new ContestedWrites();
  const times: number[] = [];
  for (let now = 0; now < duration; ) {
    const desired = object(contentAt(now));
    const delay = contested.delayOf(desired, now);
    if (delay === 0) {
      times.push(now);
      contested.record(desired, now);
    }
    now += Math.max(delay, 1);
  }
  return times;
}

describe('ContestedWrites', () => {
  test('a content that is undone for ever is written about once a minute', () => {
    const times = writesWithin(60 * MINUTE, () => 'a');
    expect(times.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 1_004, 3_004]);
    expect(times.length).toBeLessThan(80);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...pauses)).toBe(MINUTE);
  });

  test('a new content is written immediately, however contested the last one was', () => {
    const times = writesWithin(10 * MINUTE, (now) => (now < 5 * MINUTE ? 'a' : 'b'));
    expect(times.filter((time) => time >= 5 * MINUTE).slice(0, 5)).toHaveLength(5);
    const contested = new ContestedWrites();
    for (let write = 0; write < 20; write += 1) contested.record(object('a'), 0);
    expect(contested.delayOf(object('b'), 0)).toBe(0);
  });

  test('a content that was left alone for ten minutes is no longer contested', () => {
    const contested = new ContestedWrites();
    for (let write = 0; write < 20; write += 1) contested.record(object('a'), 0);
    contested.record(object('a'), 10 * MINUTE);
    expect(contested.delayOf(object('a'), 10 * MINUTE)).toBe(0);
  });

  test('tells once that an object is contested', () => {
    const contested = new ContestedWrites();
    const told = Array.from({ length: 20 }, (_, now) => contested.record(object('a'), now));
    expect(told.filter(Boolean)).toHaveLength(1);
  });
});
