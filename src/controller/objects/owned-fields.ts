import type { KubeObject } from '../../kube/index.ts';

export interface FieldOwner {
  manager: string;
  /** Undefined for the object itself. */
  subresource?: 'status';
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** FieldsV1 of the API server: a trie of the owned fields. A leaf owns everything below it. */
export type FieldSet = { [step: string]: FieldSet };

/**
 * The fields of an object that a manager has applied and still owns, with their current values, to be compared with
 * the desired ones. A field that another manager has changed is missing, since that manager owns it now; a field that is
 * no longer desired is included. Undefined if this manager has applied nothing.
 *
 * Source: sigs.k8s.io/structured-merge-diff, fieldpath/serialize-pe.go (`f:` field, `k:` list item by its keys, `v:`
 * set item by its value, `i:` list item by its index, `.` the item itself).
 */
export function ownedFields(object: KubeObject, owner: FieldOwner): Record<string, unknown> | undefined {
  const fields = appliedFields(object, owner);
  return fields && (extract(object as unknown as Json, fields) as Record<string, unknown>);
}

export function hasApplied(object: KubeObject, owner: FieldOwner): boolean {
  return appliedFields(object, owner) !== undefined;
}

function appliedFields({ metadata }: KubeObject, { manager, subresource }: FieldOwner): FieldSet | undefined {
  const entry = metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === manager &&
      candidate.operation === 'Apply' &&
      (candidate.subresource || undefined) === subresource,
  );
  return entry?.fieldsV1 as FieldSet | undefined;
}

/** The steps below a field, without `.`, which is the field itself. */
export function stepsOf(fields: FieldSet): string[] {
  return Object.keys(fields).filter((step) => step !== '.');
}

function extract(value: Json | undefined, fields: FieldSet): Json | undefined {
  const steps = stepsOf(fields);
  if (value === undefined || value === null) return undefined;
  if (steps.length === 0) return '.' in fields && typeof value === 'object' ? emptyLike(value) : value;
  return Array.isArray(value) ? extractItems(value, fields, steps) : extractMembers(value, fields, steps);
}

const emptyLike = (value: Json): Json => (Array.isArray(value) ? [] : {});

function extractMembers(value: Json, fields: FieldSet, steps: readonly string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const owned: { [key: string]: Json } = {};
  for (const step of steps) {
    const name = step.slice('f:'.length);
    const member = extract(value[name], fields[step] ?? {});
    if (member !== undefined) owned[name] = member;
  }
  return owned;
}

/** The owned items, in the order of the object. */
function extractItems(items: Json[], fields: FieldSet, steps: readonly string[]): Json {
  return items.flatMap((item, index) => {
    const step = steps.find((candidate) => matchesItem(candidate, item, index));
    const owned = step === undefined ? undefined : extract(item, fields[step] ?? {});
    return owned === undefined ? [] : [owned];
  });
}

/** Whether a step of a field set leads to the item of a list. */
export function matchesItem(step: string, item: Json, index: number): boolean {
  const address = step.slice('k:'.length);
  if (step.startsWith('i:')) return Number(address) === index;
  if (step.startsWith('v:')) return address === JSON.stringify(item);
  const keys = JSON.parse(address) as Record<string, Json>;
  return Object.entries(keys).every(
    ([key, value]) => JSON.stringify((item as Record<string, Json>)[key]) === JSON.stringify(value),
  );
}
