import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterEgressRuleSetKind, egressProxyKind, egressRuleSetKind } from '../../src/api/index.ts';
import { blockWith } from '../support/block-of-page.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/guide/gitops.md'), 'utf8');
const { data } = parse(blockWith(page, 'kind: ConfigMap')) as { data: Record<string, string> };
const PREFIX = 'resource.customizations.health.zalando.org_';
const script = data[`${PREFIX}EgressProxy`] ?? '';

/** The interpreter that Argo CD has built in. */
let lua: string;
beforeAll(() => {
  lua = execFileSync(join(root, 'scripts/cluster'), ['lua'], { encoding: 'utf8' }).trim();
}, 300_000);

type Json = string | number | boolean | Json[] | { [key: string]: Json };

function literal(value: Json): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `[${JSON.stringify(key)}] = ${literal(each)}`)
    .join(', ')}}`;
}

/** What Argo CD shows: it runs the script with the object as `obj`, and takes what it returns. */
function healthOf(object: { [key: string]: Json }): string {
  const file = join(tmpdir(), `health-${process.pid}.lua`);
  const program = `obj = ${literal(object)}\nlocal hs = (function()\n${script}\nend)()\nprint(hs.status .. ": " .. hs.message)`;
  writeFileSync(file, program);
  return execFileSync(lua, [file], { encoding: 'utf8' }).trim();
}

const condition = (type: string, status: string, reason: string, generation = 2) => ({
  type,
  status,
  reason,
  message: `${type} is ${status}`,
  observedGeneration: generation,
});
const withConditions = (...conditions: ReturnType<typeof condition>[]) => ({
  metadata: { generation: 2 },
  status: { conditions },
});

describe('docs/guide/gitops.md: the health of objects in Argo CD', () => {
  test('every kind that users write has the script', () => {
    const written = [egressProxyKind, egressRuleSetKind, clusterEgressRuleSetKind].map(({ kind }) => kind);
    expect(Object.keys(data).sort()).toEqual(written.map((kind) => PREFIX + kind).sort());
    expect(new Set(Object.values(data)).size).toBe(1);
  });

  test.each<[string, { [key: string]: Json }, string]>([
    ['an object without a status', { metadata: { generation: 1 } }, 'Progressing'],
    ['a status without conditions', { metadata: { generation: 1 }, status: {} }, 'Progressing'],
    ['ready', withConditions(condition('Ready', 'True', 'Ready')), 'Healthy'],
    ['ready in an older generation', withConditions(condition('Ready', 'True', 'Ready', 1)), 'Progressing'],
    ['at it', withConditions(condition('Ready', 'False', 'Pending')), 'Progressing'],
    ['no pod is ready', withConditions(condition('Ready', 'False', 'NotReady')), 'Degraded'],
    [
      'refused, while what ran before is ready',
      withConditions(condition('Accepted', 'False', 'Invalid'), condition('Ready', 'True', 'Ready')),
      'Degraded',
    ],
  ])('%s', (_, object, health) => {
    expect(healthOf(object)).toMatch(new RegExp(`^${health}: .`));
  });
});
