// A CommonJS module: Node finds no named exports in it.
import jsonPatch, { type Operation } from 'fast-json-patch';

const { compare, escapePathComponent } = jsonPatch;

/**
 * The JSON patch (RFC 6902) from one object to a changed copy that shares what is unchanged. Lists that only grew get
 * one `add` for each new entry: fast-json-patch compares lists by index, and would rewrite every entry after an inserted
 * one. Other differences of lists are left to fast-json-patch.
 */
export function diffToPatch(before: object, after: object): Operation[] {
  return difference('', before, after);
}

function difference(path: string, before: unknown, after: unknown): Operation[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listDifference(path, before, after);
  if (isObject(before) && isObject(after)) return objectDifference(path, before, after);
  return [{ op: 'replace', path, value: after }];
}

function objectDifference(path: string, before: Fields, after: Fields): Operation[] {
  const operations: Operation[] = [];
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path: child(path, key) });
  }
  for (const key of Object.keys(after)) {
    const value = after[key];
    if (!Object.hasOwn(before, key)) operations.push({ op: 'add', path: child(path, key), value });
    else if (before[key] !== value) operations.push(...difference(child(path, key), before[key], value));
  }
  return operations;
}

/** Entries are matched by identity, or by name where they have changed. */
function listDifference(path: string, before: unknown[], after: unknown[]): Operation[] {
  const operations: Operation[] = [];
  let at = 0;
  for (const [index, entry] of after.entries()) {
    if (at < before.length && isSame(before[at], entry)) {
      if (before[at] !== entry) operations.push(...difference(child(path, index), before[at], entry));
      at += 1;
    } else {
      operations.push({ op: 'add', path: child(path, index), value: entry });
    }
  }
  return at === before.length ? operations : prefixed(path, compare(before, after));
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  return (
    isObject(before) && isObject(after) && before['name'] !== undefined && before['name'] === after['name']
  );
}

function prefixed(path: string, operations: Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation, path: path + operation.path }));
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function child(path: string, key: string | number): string {
  return `${path}/${escapePathComponent(String(key))}`;
}
