import { type Fault, faultAt, textFault } from '../fault.ts';

/** An object from outside. The CRD's schema may not have validated it, so that its shape is not trusted. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Value of a field; undefined if it is absent or null, which are equal in Kubernetes. */
export function fieldOf(object: unknown, name: string): unknown {
  const value = isFields(object) && Object.hasOwn(object, name) ? object[name] : undefined;
  return value ?? undefined;
}

/** An optional object. A value of another type is a fault and counts as absent. */
export function readFields(object: unknown, name: string, path: string, faults: Fault[]): Fields | undefined {
  const value = fieldOf(object, name);
  if (value === undefined || isFields(value)) return value;
  faults.push(wrongType(path, 'an object'));
  return undefined;
}

/** The spec of a custom resource. A missing spec is a fault. */
export function readSpec(object: unknown, faults: Fault[]): Fields | undefined {
  if (!isFields(object) || fieldOf(object, 'spec') === undefined) {
    faults.push(faultAt('spec', textFault('Required', 'the spec is missing')));
    return undefined;
  }
  return readFields(object, 'spec', 'spec', faults);
}

/** An optional list; absent is empty. */
export function readList(object: unknown, name: string, path: string, faults: Fault[]): readonly unknown[] {
  const value = fieldOf(object, name);
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  faults.push(wrongType(path, 'a list'));
  return [];
}

/** An optional text. */
export function readText(object: unknown, name: string, path: string, faults: Fault[]): string | undefined {
  const value = fieldOf(object, name);
  if (value === undefined || typeof value === 'string') return value;
  faults.push(wrongType(path, 'a text; put it in quotes'));
  return undefined;
}

/** The entries of an optional list that are texts; the others are faults. Entries after the first `most` are not read. */
export function readTexts(
  object: unknown,
  name: string,
  path: string,
  faults: Fault[],
  most = Number.POSITIVE_INFINITY,
): { text: string; index: number; path: string }[] {
  const texts: { text: string; index: number; path: string }[] = [];
  for (const [index, value] of readList(object, name, path, faults).entries()) {
    if (index >= most) break;
    const entryPath = `${path}[${index}]`;
    if (typeof value === 'string') texts.push({ text: value, index, path: entryPath });
    else faults.push(wrongType(entryPath, 'a text; put it in quotes'));
  }
  return texts;
}

export function wrongType(path: string, wanted: string): Fault {
  return faultAt(path, textFault('Unsupported', `this must be ${wanted}`));
}
