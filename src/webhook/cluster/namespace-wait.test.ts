import { describe, expect, it } from 'vitest';
import { systemClock } from '../../time/index.ts';
import { NamespaceWait } from './namespace-wait.ts';

describe('NamespaceWait', () => {
  it('ends when the namespace arrives, for every waiting request', async () => {
    const wait = new NamespaceWait(systemClock);
    const both = Promise.all([wait.until('new', 60_000), wait.until('new', 60_000)]);
    wait.arrived('other');
    wait.arrived('new');
    await expect(both).resolves.toHaveLength(2);
  });

  it('ends after the limit', async () => {
    await expect(new NamespaceWait(systemClock).until('never', 5)).resolves.toBeUndefined();
  });
});
