/**
 * Whether two JSON values are equal to the API server, which drops empty lists and nulls. Empty maps are kept: an empty
 * selector selects everything, a missing one selects nothing.
 */
export function sameContent(a: unknown, b: unknown): boolean {
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b);
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b);
  if (isMap(a) && isMap(b)) return sameMembers(a, b);
  return a === b;
}

type Members = Record<string, unknown>;

const isMap = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => sameContent(item, b[index]));
}

function sameMembers(a: Members, b: Members): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => sameContent(a[name], b[name]));
}
