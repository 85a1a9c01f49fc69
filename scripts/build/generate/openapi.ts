import type { TSchema } from '../../../src/api/index.ts';

/** A node of a structural schema, as apiextensions.k8s.io/v1 takes it. */
export interface OpenApiNode {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, OpenApiNode>;
  required?: string[];
  items?: OpenApiNode;
  additionalProperties?: OpenApiNode;
  [keyword: string]: unknown;
}

const KEYWORDS = new Set([
  'type',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);

/** A TypeBox schema as a structural schema. Throws on a keyword that a CRD does not take, so that none is lost. */
export function toOpenApi(schema: TSchema): OpenApiNode {
  return convert(JSON.parse(JSON.stringify(schema)) as OpenApiNode, '');
}

function convert(node: OpenApiNode, path: string): OpenApiNode {
  for (const keyword of Object.keys(node)) {
    if (!KEYWORDS.has(keyword)) throw new Error(`${path || '.'}: a CRD schema knows no "${keyword}"`);
  }
  const { properties, items, additionalProperties, ...rest } = node;
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: convertAll(properties, path) }),
    ...(items === undefined ? {} : { items: convert(items, `${path}[]`) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: convert(additionalProperties, `${path}.*`) }),
  };
}

function convertAll(properties: Record<string, OpenApiNode>, path: string): Record<string, OpenApiNode> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, node]) => [name, convert(node, `${path}.${name}`)]),
  );
}
