import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../time/index.ts';
import { Holds } from './holds.ts';

const limits = { perSource: 2, total: 3 };

describe('Holds', () => {
  const soon = () => systemClock.monotonic() + 5000;

  it('releases the requests of one source only', async () => {
    const holds = new Holds(systemClock);
    const held = holds.wait('10.0.0.7', soon(), limits);
    void holds.wait('10.0.0.8', soon(), limits);
    holds.release('10.0.0.7');
    expect(await held).toBe('released');
    expect(holds.size).toBe(1);
    holds.releaseAll();
    expect(holds.size).toBe(0);
  });

  it('expires', async () => {
    vi.useFakeTimers();
    const holds = new Holds(systemClock);
    const held = holds.wait('10.0.0.7', systemClock.monotonic() + 100, limits);
    vi.advanceTimersByTime(101);
    vi.useRealTimers();
    expect(await held).toBe('expired');
    expect(holds.size).toBe(0);
  });

  it('is bounded for one source and in all', async () => {
    const holds = new Holds(systemClock);
    const first = [holds.wait('a', soon(), limits), holds.wait('a', soon(), limits)];
    expect(await holds.wait('a', soon(), limits)).toBe('tooMany');
    first.push(holds.wait('b', soon(), limits));
    expect(await holds.wait('c', soon(), limits)).toBe('tooMany');
    holds.releaseAll();
    expect(await Promise.all(first)).toEqual(['released', 'released', 'released']);
  });
});
