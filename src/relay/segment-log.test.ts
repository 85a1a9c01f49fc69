import { describe, expect, it } from 'vitest';
import { SegmentLog, type SegmentStore } from './segment-log.ts';

/** A disk whose size and faults the test sets. */
class FakeStore implements SegmentStore {
  segments: string[] = [];
  cap = 1000;
  broken = false;

  heldBytes = () => this.segments.join('').length;
  maxBytes = () => this.cap;
  begin(): void {
    this.segments.push('');
  }
  append(text: string): void {
    if (this.broken) throw new Error('ENOSPC');
    this.segments.push((this.segments.pop() ?? '') + text);
  }
}

function setUp(options: { segmentBytes?: number; segmentAgeMs?: number } = {}) {
  const store = new FakeStore();
  const time = { now: 0 };
  return { store, time, log: new SegmentLog({ store, now: () => time.now, ...options }) };
}

describe('SegmentLog', () => {
  it('puts lines into one segment until it is full', () => {
    const { store, log } = setUp({ segmentBytes: 6 });
    log.append(['aa', 'bb']);
    log.append(['cc']);
    expect(store.segments).toEqual(['aa\nbb\n', 'cc\n']);
  });

  it('closes an old segment, but never an empty one', () => {
    const { store, time, log } = setUp({ segmentAgeMs: 1000 });
    log.append(['a']);
    time.now = 1001;
    log.tick();
    time.now = 3000;
    log.tick();
    expect(store.segments).toEqual(['a\n', '']);
  });

  it('counts what exceeds the cap and records it where it is missing', () => {
    const { store, time, log } = setUp();
    store.cap = 10;
    log.append(['12345678']);
    log.append(['lost']);
    log.append(['lost', 'lost']);
    store.segments = [''];
    time.now = 300;
    log.append(['next']);
    expect(store.segments).toEqual(['!lost 3\nnext\n']);
  });

  it('records a loss in time even when nothing more is logged', () => {
    const { store, log } = setUp();
    store.cap = 0;
    log.append(['a', 'b']);
    log.tick();
    log.tick();
    expect(store.segments).toEqual(['!lost 2\n']);
  });

  it('counts what the disk does not take, and goes on when it does', () => {
    const { store, log } = setUp();
    store.broken = true;
    log.append(['a', 'b']);
    log.tick();
    store.broken = false;
    log.append(['c']);
    expect(store.segments.join('')).toBe('!lost 2\nc\n');
  });
});
