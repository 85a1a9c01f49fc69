import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importRules } from './import-rules.ts';

const biome = new URL('../../../node_modules/.bin/biome', import.meta.url).pathname;

const refused: [path: string, specifier: string, message: string][] = [
  ['src/api/a.ts', '../rules/index.ts', 'src/api imports only rooms above it'],
  ['src/api/b.ts', 'node:fs', 'src/api is pure'],
  ['src/counts/c.ts', '../kube/index.ts', 'src/counts imports only rooms above it'],
  ['src/counts/c.test.ts', '../kube/index.ts', 'src/counts imports only rooms above it'],
  ['src/rules/target/d.ts', '../decide/index.ts', 'src/rules/target imports only fault, address'],
  ['src/rules/decide/e.ts', 'undici', 'src/rules is pure'],
  ['src/time/f.ts', '../kube/index.ts', 'src/time imports only rooms above it'],
  ['src/kube/client/g.ts', '../../agent/index.ts', 'src/kube imports only rooms above it'],
  ['src/component/h.ts', '../webhook/index.ts', 'src/component imports only rooms above it'],
  ['src/webhook/http/i.ts', '../../controller/index.ts', 'a component never imports another'],
  ['src/closer/j.test.ts', '../agent/index.ts', 'a component never imports another'],
  ['src/forward/k.ts', '../relay/relay-process.fixture.ts', 'product code imports neither'],
  ['src/telemetry/l.ts', '../main.ts', 'product code imports neither'],
  ['src/agent/m.ts', '../../scripts/build/build-relay.ts', 'product code imports neither'],
];

const accepted: [path: string, specifier: string][] = [
  ['src/counts/n.ts', '../api/index.ts'],
  ['src/counts/o.test.ts', 'node:fs'],
  ['src/rules/decide/p.ts', '../target/index.ts'],
  ['src/agent/state/q.ts', '../../cluster/index.ts'],
  ['src/agent/state/r.ts', '../decide/index.ts'],
  ['src/agent/s.test.ts', '../relay/relay-process.fixture.ts'],
  ['src/main.ts', './agent/index.ts'],
];

/** What biome reports of each of the files above: a line per diagnostic, path and message. */
function lintAll(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'import-rules-'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ overrides: importRules() }));
  for (const [path, specifier] of [...refused, ...accepted]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `import { one } from '${specifier}';\n`);
  }
  const options = ['--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none'];
  const { stdout } = spawnSync(biome, ['lint', ...options, '.'], { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { message: string; location: { path: string } }[];
  };
  return diagnostics.map(({ message, location }) => `${location.path}: ${message}`);
}

describe('importRules', () => {
  const reported = lintAll();

  test.each(refused)('%s may not import %s', (path, _, message) => {
    expect(reported.filter((line) => line.startsWith(`${path}: ${message}`))).toHaveLength(1);
  });

  test.each(accepted)('%s may import %s', (path) => {
    expect(reported.filter((line) => line.startsWith(`${path}: `))).toEqual([]);
  });
});
