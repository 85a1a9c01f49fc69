import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { panels } from '../../scripts/build/generate/dashboard.ts';
import { RULES, readRules } from '../../scripts/build/generate/monitoring.ts';

const root = new URL('../../', import.meta.url).pathname;
const promtool = async (...args: string[]) => {
  const { stdout, stderr } = await promisify(execFile)('promtool', args, {
    cwd: root,
  });
  return stdout + stderr;
};

/** A rule file with this one expression. */
function ruleFile(expr: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'promtool-')), 'rules.yaml');
  writeFileSync(path, stringify({ groups: [{ name: 'panel', rules: [{ record: 'panel:query', expr }] }] }));
  return path;
}

describe("Prometheus' own tool", () => {
  test('takes the rules', async () => {
    const count = readRules().groups.reduce((sum, { rules }) => sum + rules.length, 0);
    expect(await promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES)).toContain(
      `${count} rules found`,
    );
  });

  test('finds that alerts fire when they are to, and only then', async () => {
    expect(await promtool('test', 'rules', 'test/promtool/rules.test.yaml')).toContain('SUCCESS');
  });

  test.each(panels.map(({ title, queries }) => [title, queries] as const))(
    'can read the queries of the panel %s',
    async (_, queries) => {
      for (const [query] of queries) {
        // What Grafana puts in.
        const expr = query.replace(/\$__(rate_interval|range)/g, '5m').replaceAll('$namespace', 'my-app');
        expect(await promtool('check', 'rules', ruleFile(expr))).toContain('1 rules found');
      }
    },
  );

  test('refuses what is no query', async () => {
    await expect(promtool('check', 'rules', ruleFile('sum by ('))).rejects.toThrow('parse error');
  });
});
