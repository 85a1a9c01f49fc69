import type { TSchema } from '../../api/index.ts';

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/** Paths of the fields that a schema does not have, such as `spec.target`. The API server would drop them. */
export function unknownFields(value: unknown, schema: TSchema, path: string): string[] {
  return walk(value, schema as JsonSchema, path);
}

function walk(value: unknown, { properties, items }: JsonSchema, path: string): string[] {
  if (Array.isArray(value))
    return items === undefined
      ? []
      : value.flatMap((entry, index) => walk(entry, items, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null || properties === undefined) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return known === undefined ? [`${path}.${name}`] : walk(field, known, `${path}.${name}`);
  });
}
