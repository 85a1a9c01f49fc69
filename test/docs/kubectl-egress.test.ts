import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/index.ts';

const page = readFileSync(new URL('../../docs/guide/kubectl-egress.md', import.meta.url), 'utf8');

describe('docs/guide/kubectl-egress.md', () => {
  test('shows what lint prints', async () => {
    const [, rules = ''] = /`rules\.yaml`:\n\n```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const [, expected] = /^\$ kubectl egress lint -f rules\.yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const file = join(mkdtempSync(join(tmpdir(), 'lint-')), 'rules.yaml');
    writeFileSync(file, rules);
    let printed = '';
    const code = await runCli(['lint', '-f', file], {
      print: (text) => {
        printed += text;
      },
      note: () => {},
      readInput: async () => '',
      colors: false,
      now: () => 0,
      interrupted: () => new AbortController().signal,
    });
    expect(printed.replaceAll(file, 'rules.yaml')).toBe(expected);
    expect(code).toBe(1);
  });
});
