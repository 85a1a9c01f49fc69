import { describe, expect, test } from 'vitest';
import { unlessAborted } from './controller.ts';

describe('unlessAborted', () => {
  test('resolves or rejects with the work', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  test('does not wait for it once the signal is aborted', async () => {
    const stopping = new AbortController();
    const never = unlessAborted(new Promise(() => {}), stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(never).rejects.toThrow('stopped');
  });
});
