import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  clusterEgressRuleSetKind,
  type EgressRequest,
  egressProxyKind,
  egressRequestKind,
  egressRuleSetKind,
  egressTargetGroupKind,
} from '../../src/api/index.ts';
import { type Grant, planRequest } from '../../src/controller/requests/plan-request.ts';
import { blockWith } from '../support/block-of-page.ts';
import { builtTool } from '../support/built-tool.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/guide/gitops.md'), 'utf8');
const { data } = parse(blockWith(page, 'kind: ConfigMap')) as { data: Record<string, string> };
const PREFIX = 'resource.customizations.health.zalando.org_';

/** The interpreter that Argo CD has built in. */
let lua: string;
beforeAll(() => {
  lua = builtTool('lua');
}, 300_000);

type Json = string | number | boolean | Json[] | { [key: string]: Json };

function literal(value: Json): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `[${JSON.stringify(key)}] = ${literal(each)}`)
    .join(', ')}}`;
}

/** What Argo CD shows: it runs the script of the kind with the object as `obj`, and takes what it returns. */
function healthOf(kind: string, object: { [key: string]: Json }): string {
  const script = data[PREFIX + kind] ?? '';
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
  test('every kind that users write has a script; those with the condition Ready share one', () => {
    const ready = [egressProxyKind, egressRuleSetKind, clusterEgressRuleSetKind];
    const kinds = [...ready, egressRequestKind, egressTargetGroupKind].map(({ kind }) => PREFIX + kind);
    expect(Object.keys(data).sort()).toEqual(kinds.sort());
    expect(new Set(ready.map(({ kind }) => data[PREFIX + kind])).size).toBe(1);
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
    expect(healthOf('EgressProxy', object)).toMatch(new RegExp(`^${health}: .`));
  });

  const approval = { outcome: 'Approved', by: 'olga' } as const;
  const granted = { kind: 'granted', ruleSet: 'request-late', expiresAt: '2030-01-01T00:00:00Z' } as const;
  test.each<[string, EgressRequest['spec']['approval'], Grant | undefined, string]>([
    ['waits', undefined, undefined, 'Suspended: waits for an approval'],
    ['approved', approval, granted, 'Healthy: approved by olga'],
    ['over', approval, { kind: 'deleted' }, 'Healthy: the rule set'],
    ['refused', { ...approval, outcome: 'Refused' }, undefined, 'Degraded: refused by olga'],
    ['failed', approval, { kind: 'failed', reason: 'Invalid', message: 'bad' }, 'Degraded: bad'],
  ])('a request with the status that the controller writes: %s', (_, answer, grant, health) => {
    const spec = { targets: ['a.example.com:443'], duration: '2h', reason: 'tests', requestedBy: 'tina' };
    const request = {
      apiVersion: 'zalando.org/v1',
      kind: 'EgressRequest',
      metadata: { name: 'late', namespace: 'shop' },
      spec: { ...spec, ...(answer !== undefined && { approval: answer }) },
    } as const;
    const { status, conditions } = planRequest({ request, grant, now: 0, removeAfter: undefined });
    const written = JSON.parse(JSON.stringify({ ...request, status: { ...status, conditions } }));
    expect(healthOf('EgressRequest', written)).toContain(health);
  });

  test.each([
    ['no status', {}],
    ['pending, though it has an approval', { status: { state: 'Pending' } }],
  ])('a request that the controller has not seen yet is Progressing: %s', (_, rest) => {
    expect(healthOf('EgressRequest', { spec: { approval }, ...rest })).toMatch(/^Progressing: ./);
  });

  test('a group of targets is healthy', () => {
    expect(healthOf('EgressTargetGroup', { metadata: { generation: 1 } })).toMatch(/^Healthy: ./);
  });
});
