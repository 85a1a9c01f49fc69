import { describe, expect, it } from 'vitest';
import { splice } from './splice.ts';

const data = { name: 'bench data', writer: 'scripts/bench' };

describe('splice', () => {
  const once = splice('# Head\n\nby hand\n', data, 'first');

  it('adds a block at the end, then replaces it and nothing else', () => {
    expect(once).toContain('by hand');
    const twice = splice(`${once}\nafter it\n`, data, 'second');
    expect(twice).not.toContain('first');
    expect(twice).toContain('second');
    expect(twice).toMatch(/^# Head\n\nby hand\n[\s\S]*after it\n$/);
  });

  it('keeps other blocks and names their writers', () => {
    const both = splice(once, { name: 'matrix', writer: 'scripts/compatibility' }, 'other');
    expect(both).toContain('<!-- matrix: begin; written by scripts/compatibility -->\nother');
    expect(splice(both, data, 'new')).toContain('other');
  });
});
