import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kinds } from './files.ts';

describe('the reference of a kind', () => {
  // Fields that a user writes. Those of a label selector are Kubernetes' own.
  const written = kinds.filter(({ spec }) => spec !== undefined);

  test.each(written.map(({ singular }) => singular))('%s says what each field of the spec means', (page) => {
    const text = readFileSync(new URL(`../../../docs/reference/${page}.md`, import.meta.url), 'utf8');
    const [, spec = ''] = /^## spec\n([\s\S]*?)(?:^## |$(?![\s\S]))/m.exec(text) ?? [];
    const rows = [...spec.matchAll(/^\| `([\w.[\]]+)` \|.*\| (.*) \|$/gm)];
    expect(rows.length).toBeGreaterThan(1);
    const own = rows.filter(([, field = '']) => !/Selector\.match/.test(field));
    const silent = own.filter(([, , meaning = '']) => !/[A-Z].*\./.test(meaning));
    expect(silent.map(([, field]) => field)).toEqual([]);
  });
});
