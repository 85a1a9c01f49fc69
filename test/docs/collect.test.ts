import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AuditRecord } from '../../src/api/index.ts';

const read = (path: string) => readFileSync(new URL(`../../docs/guide/${path}`, import.meta.url), 'utf8');
const fields = Object.keys(AuditRecord.properties);
const auditLine =
  '{"id":"a-1","time":"2026-01-02T03:04:05.678Z","client":"10.0.0.7","target":"h.example:443","verdict":"deny"}';
const ownMessage = '{"level":"info","time":"2026-01-02T03:04:05.678Z","component":"agent","msg":"answering"}';

describe('the recipes for collectors', () => {
  test('Fluent Bit: keeps audit lines alone, and knows their time and id', () => {
    const { parsers, pipeline } = parse(read('collect/fluent-bit.yaml'));
    const [grep, parser] = pipeline.filters;
    const [key, pattern] = grep.regex.split(' ');
    expect([key, parser.key_name]).toEqual(['log', 'log']);
    expect([auditLine, ownMessage].map((line) => new RegExp(pattern).test(line))).toEqual([true, false]);
    expect(fields).toEqual(expect.arrayContaining([parsers[0].time_key, pipeline.outputs[0].id_key]));
    expect(parser.parser).toBe(parsers[0].name);
  });

  test('Alloy: keeps audit lines alone; its labels are fields', () => {
    const config = read('collect/alloy.alloy');
    const [, selector = '""'] = /selector = (".*")/.exec(config) ?? [];
    const [, pattern = '""'] = /!~ (".*")$/.exec(JSON.parse(selector)) ?? [];
    const kept = new RegExp(JSON.parse(pattern));
    expect([auditLine, ownMessage].map((line) => kept.test(line))).toEqual([true, false]);
    const [, values = ''] = /stage\.labels \{\s+values = \{(.*)\}/.exec(config) ?? [];
    const labels = [...values.matchAll(/(\w+) =/g)].map(([, label]) => label);
    expect(labels).toEqual(['namespace', 'verdict']);
    expect(fields).toEqual(expect.arrayContaining(labels));
  });

  test('the queries of the guide name fields that there are', () => {
    const guide = read('audit.md');
    const named = [
      ...guide.matchAll(/\{\{\.(\w+)\}\}|\| (\w+)=`|"_source": \[([^\]]+)\]|"term": \{"(\w+)"/g),
    ].flatMap(([, ...groups]) => groups.flatMap((group) => group?.match(/\w+/g) ?? []));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !fields.includes(name))).toEqual([]);
  });
});
