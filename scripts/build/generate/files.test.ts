import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { TSchema } from '../../../src/api/index.ts';
import { renderCrd } from './crd.ts';
import { generatedFiles, kinds } from './files.ts';
import type { OpenApiNode } from './openapi.ts';

const root = new URL('../../../', import.meta.url).pathname;

describe('generatedFiles', () => {
  test.each([...generatedFiles()])('%s is what its source says (else: npm run generate)', (path, content) => {
    expect(readFileSync(root + path, 'utf8')).toBe(content);
  });
});

describe('renderCrd', () => {
  test.each(kinds.map((kind) => [kind.kind, kind] as const))('%s loses no field', (_, kind) => {
    const crd = parse(renderCrd(kind));
    const { properties } = crd.spec.versions[0].schema.openAPIV3Schema;
    if (kind.spec !== undefined) expect(paths(properties.spec)).toEqual(paths(plain(kind.spec)));
    if (kind.status !== undefined) expect(paths(properties.status)).toEqual(paths(plain(kind.status)));
  });

  test.each(kinds.map((kind) => [kind.kind, kind] as const))(
    '%s is the same in YAML 1.1, which kubectl and Helm read',
    (_, kind) => {
      expect(parse(renderCrd(kind), { version: '1.1' })).toEqual(parse(renderCrd(kind)));
    },
  );

  test.each(kinds.map((kind) => [kind.kind, kind] as const))(
    'no value of %s is a boolean in a manifest without quotes',
    (_, kind) => {
      const values = enumValues(
        parse(renderCrd(kind)).spec.versions[0].schema.openAPIV3Schema.properties.spec ?? {},
      );
      expect(
        values.filter((value) => typeof parse(String(value), { version: '1.1' }) !== typeof value),
      ).toEqual([]);
    },
  );

  test.each(kinds.map((kind) => [kind.kind, kind] as const))('every node of %s has a type', (_, kind) => {
    expect(untyped(parse(renderCrd(kind)).spec.versions[0].schema.openAPIV3Schema, '')).toEqual([]);
  });
});

const plain = (schema: TSchema) => JSON.parse(JSON.stringify(schema)) as OpenApiNode;

function paths(node: OpenApiNode, path = ''): string[] {
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
      `${path}.${name}`,
      ...paths(child, `${path}.${name}`),
    ]),
    ...(node.items === undefined ? [] : paths(node.items, `${path}[]`)),
  ];
}

function enumValues(node: OpenApiNode): unknown[] {
  const children = [
    ...Object.values(node.properties ?? {}),
    ...(node.items === undefined ? [] : [node.items]),
  ];
  return [...(node.enum ?? []), ...children.flatMap(enumValues)];
}

function untyped(node: OpenApiNode, path: string): string[] {
  const children = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    untyped(child, `${path}.${name}`),
  );
  const items = node.items === undefined ? [] : untyped(node.items, `${path}[]`);
  return [...(node.type === undefined ? [path] : []), ...children, ...items];
}
