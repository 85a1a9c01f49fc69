import type { OpenApiNode } from '../generate/openapi.ts';

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  subresources?: Record<string, unknown>;
  schema: { openAPIV3Schema: OpenApiNode };
}

export interface Crd {
  metadata: { name: string };
  spec: { scope: string; names: Record<string, string | string[]>; versions: CrdVersion[] };
}

/** A keyword of two schemas that differs; `undefined` where a schema does not have it. */
type Comparison = (before: unknown, after: unknown) => boolean;

/**
 * What may change in a keyword without an object of the last release being refused or read differently. A keyword that is not
 * listed may not change.
 */
const allowed: Record<string, Comparison> = {
  description: () => true,
  maximum: upperBound,
  maxLength: upperBound,
  maxItems: upperBound,
  minimum: lowerBound,
  minLength: lowerBound,
  minItems: lowerBound,
  required: (before, after) => containsAll(before ?? [], after ?? []),
  enum: (before, after) => after === undefined || (before !== undefined && containsAll(after, before)),
  pattern: (_, after) => after === undefined,
  'x-kubernetes-preserve-unknown-fields': (_, after) => after === true,
};

const nested = new Set(['properties', 'items', 'additionalProperties']);

/**
 * One text for each way in which an object, a request or a script of the last release does not work with the next one. Printer
 * columns are not compared.
 */
export function findIncompatibleChanges(before: readonly Crd[], after: readonly Crd[]): string[] {
  return before.flatMap((crd) => {
    const { name } = crd.metadata;
    const next = after.find(({ metadata }) => metadata.name === name);
    return next === undefined
      ? [`${name}: the kind is missing`]
      : crdFaults(crd, next).map((fault) => `${name}: ${fault}`);
  });
}

function crdFaults(before: Crd, after: Crd): string[] {
  const names = Object.entries(before.spec.names)
    .filter(([key, value]) => !containsAll([after.spec.names[key] ?? []].flat(), [value].flat()))
    .map(([key, value]) => `names.${key} no longer has ${show(value)}`);
  const scope = before.spec.scope === after.spec.scope ? [] : [`scope is no longer ${before.spec.scope}`];
  const versions = before.spec.versions
    .filter(({ served }) => served)
    .flatMap((version) => {
      const next = after.spec.versions.find(({ name, served }) => served && name === version.name);
      return next === undefined
        ? [`version ${version.name} is no longer served`]
        : versionFaults(version, next).map((fault) => `${version.name}${fault}`);
    });
  return [...names, ...scope, ...versions];
}

function versionFaults(before: CrdVersion, after: CrdVersion): string[] {
  const subresources = Object.keys(before.subresources ?? {})
    .filter((name) => after.subresources?.[name] === undefined)
    .map((name) => `: the subresource ${name} is missing`);
  const storage =
    before.storage && !after.storage
      ? [': it is no longer stored, so a rollback cannot read new objects']
      : [];
  return [
    ...subresources,
    ...storage,
    ...schemaFaults(before.schema.openAPIV3Schema, after.schema.openAPIV3Schema, ''),
  ];
}

/** `path` is that of the node below the object, as `.spec.targets[]`. */
function schemaFaults(before: OpenApiNode, after: OpenApiNode, path: string): string[] {
  return [
    ...keywordFaults(before, after).map((fault) => `${path}: ${fault}`),
    ...Object.entries(before.properties ?? {}).flatMap(([name, node]) => {
      const next = after.properties?.[name];
      const isRequired = before.required?.includes(name) === true;
      return childFaults(isRequired ? withNewDefault(node, next) : node, next, `${path}.${name}`);
    }),
    ...(before.items === undefined ? [] : childFaults(before.items, after.items, `${path}[]`)),
    ...(before.additionalProperties === undefined
      ? []
      : childFaults(before.additionalProperties, after.additionalProperties, `${path}.*`)),
  ];
}

/** A default of a field that was required until now changes no stored object: every one has a value. */
function withNewDefault(before: OpenApiNode, after: OpenApiNode | undefined): OpenApiNode {
  return before.default === undefined && after?.default !== undefined
    ? { ...before, default: after.default }
    : before;
}

/** A missing field is a fault even below `preserve-unknown-fields`: what it holds would no longer be read. */
function childFaults(before: OpenApiNode, after: OpenApiNode | undefined, path: string): string[] {
  return after === undefined ? [`${path}: the field is missing`] : schemaFaults(before, after, path);
}

function keywordFaults(before: OpenApiNode, after: OpenApiNode): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((keyword) => !nested.has(keyword) && !equal(before[keyword], after[keyword]))
    .filter((keyword) => !(allowed[keyword] ?? equal)(before[keyword], after[keyword]))
    .map((keyword) => `${keyword} was ${show(before[keyword])} and is ${show(after[keyword])}`);
}

function upperBound(before: unknown, after: unknown): boolean {
  return bound(before, Number.POSITIVE_INFINITY) <= bound(after, Number.POSITIVE_INFINITY);
}

function lowerBound(before: unknown, after: unknown): boolean {
  return bound(before, Number.NEGATIVE_INFINITY) >= bound(after, Number.NEGATIVE_INFINITY);
}

const bound = (value: unknown, none: number) => (typeof value === 'number' ? value : none);

function containsAll(all: unknown, some: unknown): boolean {
  const texts = new Set((all as unknown[]).map(show));
  return (some as unknown[]).every((value) => texts.has(show(value)));
}

const equal: Comparison = (before, after) => show(before) === show(after);

const show = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));
