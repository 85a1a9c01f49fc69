import type { KubeObject } from '../../kube/index.ts';
import { type FieldSet, type Json, matchesItem, stepsOf } from './owned-fields.ts';
import { sameContent } from './same-content.ts';

/** A field that is not written, because another field manager has given it another value. */
export interface ForeignField {
  /** Such as `spec.replicas`, or `spec.upstreams[name="int"].port`. */
  path: string;
  manager: string;
}

interface Owner {
  manager: string;
  fields: FieldSet;
}

/**
 * Splits a desired object into what server-side apply accepts without force, and the fields that would be conflicts:
 * another manager owns them and their value differs.
 */
export function withoutForeignFields<T extends KubeObject>(
  desired: T,
  live: KubeObject,
  manager: string,
): { object: T; foreign: ForeignField[] } {
  const owners = (live.metadata.managedFields ?? [])
    .filter((entry) => !entry.subresource && entry.manager !== manager)
    .map((entry) => ({ manager: entry.manager ?? '', fields: (entry.fieldsV1 ?? {}) as FieldSet }));
  const foreign: ForeignField[] = [];
  const object = strip(desired as unknown as Json, live as unknown as Json, owners, '', foreign);
  return { object: object as unknown as T, foreign };
}

/** Undefined if the value as a whole belongs to another manager. */
function strip(
  desired: Json,
  live: Json | undefined,
  owners: readonly Owner[],
  path: string,
  foreign: ForeignField[],
): Json | undefined {
  if (owners.length === 0) return desired;
  const whole = owners.find(({ fields }) => Object.keys(fields).length === 0);
  if (whole !== undefined) {
    const same = sameContent(desired, live);
    if (!same) foreign.push({ path, manager: whole.manager });
    return same ? desired : undefined;
  }
  if (Array.isArray(desired)) return stripItems(desired, live, owners, path, foreign);
  if (typeof desired !== 'object' || desired === null) return desired;
  return stripMembers(desired, live, owners, path, foreign);
}

function stripMembers(
  desired: { [name: string]: Json },
  live: Json | undefined,
  owners: readonly Owner[],
  path: string,
  foreign: ForeignField[],
): Json {
  const kept: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(desired)) {
    const inside = descend(owners, (step) => step === `f:${name}`);
    const member = strip(value, memberOf(live, name), inside, path ? `${path}.${name}` : name, foreign);
    if (member !== undefined) kept[name] = member;
  }
  return kept;
}

function stripItems(
  desired: Json[],
  live: Json | undefined,
  owners: readonly Owner[],
  path: string,
  foreign: ForeignField[],
): Json[] {
  const liveItems = Array.isArray(live) ? live : [];
  return desired.flatMap((item, index) => {
    const keyed = (step: string) => step.startsWith('k:') && matchesItem(step, item, index);
    const step = owners.flatMap(({ fields }) => stepsOf(fields)).find(keyed);
    // An item of a set has no value of its own that could differ.
    if (step === undefined) return [item];
    const found = liveItems.find((each, at) => matchesItem(step, each, at));
    const kept = strip(item, found, descend(owners, keyed), `${path}[${keysOf(step)}]`, foreign);
    return kept === undefined ? [] : [kept];
  });
}

function descend(owners: readonly Owner[], leadsThere: (step: string) => boolean): Owner[] {
  return owners.flatMap(({ manager, fields }) =>
    stepsOf(fields)
      .filter(leadsThere)
      .map((step) => ({ manager, fields: fields[step] ?? {} })),
  );
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

function keysOf(step: string): string {
  const keys = JSON.parse(step.slice('k:'.length)) as Record<string, Json>;
  return Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',');
}
