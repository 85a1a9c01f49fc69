import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import type { OpenApiNode } from '../generate/openapi.ts';
import { type Crd, findIncompatibleChanges } from './find-incompatible-changes.ts';

const read = (folder: string): Crd[] => {
  const path = fileURLToPath(new URL(`../../../manifests/${folder}/`, import.meta.url));
  return readdirSync(path).map((file) => parse(readFileSync(path + file, 'utf8')) as Crd);
};
const current = read('base/crds');

const crdOf = (spec: OpenApiNode, change: Partial<Crd['spec']> = {}): Crd => ({
  metadata: { name: 'things.example.org' },
  spec: {
    scope: 'Namespaced',
    names: { kind: 'Thing', plural: 'things', shortNames: ['th', 'thg'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
      },
    ],
    ...change,
  },
});
const faults = (before: OpenApiNode, after: OpenApiNode) =>
  findIncompatibleChanges([crdOf(before)], [crdOf(after)]);

describe('the kinds', () => {
  it('accept every object of the last release (else: CONTRIBUTING.md)', () => {
    const released = read('released-crds');
    expect(released.map(({ metadata }) => metadata.name)).toContain('egressrulesets.zalando.org');
    expect(findIncompatibleChanges(released, current)).toEqual([]);
  });
});

describe('findIncompatibleChanges', () => {
  test.each<[string, OpenApiNode, OpenApiNode, string]>([
    ['a lower maximum', { maximum: 5 }, { maximum: 4 }, 'maximum was 5 and is 4'],
    ['a new maximum', {}, { maxLength: 4 }, 'maxLength was absent and is 4'],
    ['a higher minimum', { minimum: 0 }, { minimum: 1 }, 'minimum was 0 and is 1'],
    ['a new minimum', {}, { minItems: 1 }, 'minItems was absent and is 1'],
    ['a value less', { enum: ['a', 'b'] }, { enum: ['a'] }, 'enum was ["a","b"] and is ["a"]'],
    ['a new enum', {}, { enum: ['a'] }, 'enum was absent and is ["a"]'],
    ['a new pattern', {}, { pattern: '^a' }, 'pattern was absent and is "^a"'],
    ['another pattern', { pattern: '^a' }, { pattern: '^b' }, 'pattern was "^a" and is "^b"'],
    ['another type', { type: 'string' }, { type: 'integer' }, 'type was "string" and is "integer"'],
    ['another default', { default: 1 }, { default: 2 }, 'default was 1 and is 2'],
    ['a required field', {}, { required: ['a'] }, 'required was absent and is ["a"]'],
    [
      'a list that merges otherwise',
      { 'x-kubernetes-list-type': 'atomic' },
      { 'x-kubernetes-list-type': 'set' },
      'x-kubernetes-list-type was "atomic" and is "set"',
    ],
    [
      'unknown fields no longer kept',
      { 'x-kubernetes-preserve-unknown-fields': true },
      {},
      'x-kubernetes-preserve-unknown-fields was true and is absent',
    ],
    ['a keyword that it does not know', {}, { oneOf: [{}] }, 'oneOf was absent and is [{}]'],
  ])('finds %s', (_, before, after, fault) => {
    expect(faults(before, after)).toEqual([`things.example.org: v1.spec: ${fault}`]);
  });

  test.each<[string, OpenApiNode, OpenApiNode]>([
    ['a higher maximum', { maximum: 5 }, { maximum: 6 }],
    ['no maximum', { maxLength: 5 }, {}],
    ['a lower minimum', { minItems: 1 }, { minItems: 0 }],
    ['a value more, in another order', { enum: ['a', 'b'] }, { enum: ['c', 'b', 'a'] }],
    ['no enum', { enum: ['a'] }, {}],
    ['no pattern', { pattern: '^a' }, {}],
    ['a field that is no longer required', { required: ['a', 'b'] }, { required: ['b'] }],
    [
      'a default of a field that was required',
      { required: ['a'], properties: { a: { type: 'array' } } },
      { properties: { a: { type: 'array', default: [] } } },
    ],
    ['another description', { description: 'a' }, { description: 'b' }],
    ['unknown fields kept', {}, { 'x-kubernetes-preserve-unknown-fields': true }],
    ['a new optional field', {}, { properties: { a: { type: 'string' } } }],
  ])('accepts %s', (_, before, after) => {
    expect(faults(before, after)).toEqual([]);
  });

  test.each<[string, OpenApiNode, string]>([
    ['.a', { properties: { a: { maximum: 1 } } }, '.spec.a'],
    ['[]', { items: { maximum: 1 } }, '.spec[]'],
    ['.*', { additionalProperties: { maximum: 1 } }, '.spec.*'],
  ])('names the path %s', (_, before, path) => {
    const lower = JSON.parse(JSON.stringify(before).replace('"maximum":1', '"maximum":0')) as OpenApiNode;
    expect(faults(before, lower)).toEqual([`things.example.org: v1${path}: maximum was 1 and is 0`]);
    expect(faults(before, {})).toEqual([`things.example.org: v1${path}: the field is missing`]);
  });

  it('finds a default of a field that was optional, since objects without it would change', () => {
    const before = { properties: { a: { type: 'array' } } };
    expect(faults(before, { properties: { a: { type: 'array', default: [] } } })).toEqual([
      'things.example.org: v1.spec.a: default was absent and is []',
    ]);
  });

  test.each<[string, Partial<Crd['spec']>, string]>([
    ['another scope', { scope: 'Cluster' }, 'scope is no longer Namespaced'],
    [
      'a short name less',
      { names: { kind: 'Thing', plural: 'things', shortNames: ['th'] } },
      'names.shortNames no longer has ["th","thg"]',
    ],
    ['no version', { versions: [] }, 'version v1 is no longer served'],
    [
      'a version that is not served',
      { versions: [{ name: 'v1', served: false, storage: true, schema: { openAPIV3Schema: {} } }] },
      'version v1 is no longer served',
    ],
  ])('finds %s', (_, change, fault) => {
    expect(findIncompatibleChanges([crdOf({})], [crdOf({}, change)])).toEqual([
      `things.example.org: ${fault}`,
    ]);
  });

  it('finds a subresource that is missing and a version that is no longer stored', () => {
    const [version] = crdOf({}).spec.versions;
    const after = {
      name: 'v1',
      served: true,
      storage: false,
      schema: version?.schema ?? { openAPIV3Schema: {} },
    };
    expect(findIncompatibleChanges([crdOf({})], [crdOf({}, { versions: [after] })])).toEqual([
      'things.example.org: v1: the subresource status is missing',
      'things.example.org: v1: it is no longer stored, so a rollback cannot read new objects',
    ]);
  });

  it('finds a kind that is missing, and accepts a new one', () => {
    expect(findIncompatibleChanges([crdOf({})], [])).toEqual(['things.example.org: the kind is missing']);
    expect(findIncompatibleChanges([], [crdOf({})])).toEqual([]);
  });

  const places = current.flatMap((crd) => fieldsOf(rootOf(crd)).map((path) => ({ crd, path })));

  it('finds any field of the kinds that is taken out, and accepts it as an addition', () => {
    expect(places.length).toBeGreaterThan(200);
    fc.assert(
      fc.property(fc.constantFrom(...places), ({ crd, path }) => {
        const less = structuredClone(crd);
        const parent = path.slice(0, -1).reduce(below, rootOf(less));
        const name = path.at(-1) ?? '';
        delete parent.properties?.[name];
        const found = findIncompatibleChanges([crd], [less]);
        expect(found).toHaveLength(1);
        expect(found[0]).toMatch(/the field is missing$/);
        expect(findIncompatibleChanges([less], [crd])).toEqual([]);
      }),
    );
  });

  it('finds nothing between a kind and itself, in whatever order its fields are', () => {
    for (const crd of current) expect(findIncompatibleChanges([crd], [reversed(crd)])).toEqual([]);
  });
});

const rootOf = (crd: Crd): OpenApiNode => crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};

function below(node: OpenApiNode, step: string): OpenApiNode {
  const child =
    step === '[]' ? node.items : step === '*' ? node.additionalProperties : node.properties?.[step];
  if (child === undefined) throw new Error(`no ${step}`);
  return child;
}

/** The path of every property below a node; `[]` and `*` lead into lists and maps. */
function fieldsOf(node: OpenApiNode): string[][] {
  const inside = (step: string, child: OpenApiNode) => fieldsOf(child).map((path) => [step, ...path]);
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => [[name], ...inside(name, child)]),
    ...(node.items === undefined ? [] : inside('[]', node.items)),
    ...(node.additionalProperties === undefined ? [] : inside('*', node.additionalProperties)),
  ];
}

function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, child]) => [key, reversed(child)]);
  return Object.fromEntries(entries.toReversed()) as T;
}
