import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { outputs } from '../cluster/support/plugin-outputs.ts';
import { runPlugin } from '../support/run-plugin.ts';
import { expectTest } from './named-test.ts';

const page = readFileSync(new URL('../../docs/guide/kubectl-egress.md', import.meta.url), 'utf8');

describe('docs/guide/kubectl-egress.md', () => {
  test('shows what lint prints', async () => {
    const [, rules = ''] = /`rules\.yaml`:\n\n```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const [, expected] = /^\$ kubectl egress lint -f rules\.yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const file = join(mkdtempSync(join(tmpdir(), 'lint-')), 'rules.yaml');
    writeFileSync(file, rules);
    const { code, out } = await runPlugin(`lint -f ${file}`, {});
    expect(out.replaceAll(file, 'rules.yaml')).toBe(expected);
    expect(code).toBe(1);
  });
});

/** Commands that test/cluster/kubectl-egress-output.test.ts cannot compare as one text. */
const otherwise: Readonly<Record<string, string>> = {
  'test-proxy':
    '`test/cluster/kubectl-egress.test.ts`: shows each step of what is allowed, with the labels of a pod',
  dashboard:
    '`test/cluster/kubectl-egress.test.ts`: serves the page with a token that sees the namespace, and ends with Ctrl-C',
};

describe('each command of kubectl egress', () => {
  const compared = new Set(outputs.map(({ line }) => line.split(' ')[0]));

  test.each(commands.map(({ name }) => name))(
    '%s has a test that compares what it prints on the cluster',
    (name) => {
      if (compared.has(name)) return;
      expectTest(otherwise[name] ?? `\`test/cluster/support/plugin-outputs.ts\`: ${name}`);
    },
  );

  test('what is compared is a command', () => {
    const names = commands.map(({ name }) => name);
    expect([...compared, ...Object.keys(otherwise)].filter((name = '') => !names.includes(name))).toEqual([]);
  });
});
