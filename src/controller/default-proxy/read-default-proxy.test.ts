import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDefaultProxy } from './read-default-proxy.ts';

const HEAD = 'apiVersion: zalando.org/v1\nkind: EgressProxy\n';
const NAMES = 'metadata: {name: squid, namespace: egress-proxy}\n';
const read = (text: string) => readDefaultProxy({ data: { 'proxy.yaml': text } });

describe('readDefaultProxy', () => {
  test("reads the default overlay's file", () => {
    const file = new URL('../../../manifests/overlays/default/proxy.yaml', import.meta.url);
    expect(read(readFileSync(file, 'utf8'))).toMatchObject({
      ok: true,
      proxy: { metadata: { name: 'squid', namespace: 'egress-proxy' }, spec: { replicas: 2 } },
    });
  });

  test('a spec is not needed, nor are comments and separators counted as documents', () => {
    expect(read(`# proxy\n---\n${HEAD}${NAMES}---\n`)).toMatchObject({ ok: true, proxy: { spec: {} } });
  });

  test.each([
    ['another key', undefined, 'proxy.yaml is missing'],
    ['nothing', '', 'exactly one document'],
    ['two documents', `${HEAD}${NAMES}---\n${HEAD}${NAMES}`, 'exactly one document'],
    ['what is not YAML', 'a: [', 'is not YAML'],
    ['a list', '[]', 'must be an EgressProxy'],
    ['another kind', 'apiVersion: v1\nkind: Secret\n', 'must be of apiVersion zalando.org/v1'],
    ['no metadata', HEAD, 'has no metadata'],
    ['no namespace', `${HEAD}metadata: {name: squid}\n`, 'metadata.namespace'],
    ['a name that leaves the path', `${HEAD}metadata: {name: ../a, namespace: b}\n`, 'metadata.name'],
    ['an owner', `${HEAD}metadata: {name: a, namespace: b, ownerReferences: []}\n`, 'ownerReferences'],
    ['a status', `${HEAD}${NAMES}status: {}\n`, 'must not set status'],
    ['a list as spec', `${HEAD}${NAMES}spec: []\n`, 'a map as spec'],
  ])('refuses %s', (_, text, message) => {
    const reading = text === undefined ? readDefaultProxy({ data: { other: 'x' } }) : read(text);
    expect(reading).toEqual({ ok: false, message: expect.stringContaining(message) });
  });
});
