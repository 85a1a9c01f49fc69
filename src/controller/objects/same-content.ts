/**
 * Whether two pieces of JSON say the same to the API server, which drops empty lists and nulls where it stores them.
 * Empty maps count: an empty selector selects everything, none selects nothing.
 */
export function sameContent(a: unknown, b: unknown): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b);
  if (isMap(a) && isMap(b)) return sameMembers(a, b);
  return a === b;
}

type Members = Record<string, unknown>;

const isMap = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => sameContent(item, b[index]));
}

function sameMembers(a: Members, b: Members): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => sameContent(a[name], b[name]));
}
