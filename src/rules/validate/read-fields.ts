import { type Fault, faultAt, textFault } from '../fault.ts';

/** Objects come from outside: the CRD's schema may not have seen them, so nothing about their shape is trusted. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field's value; undefined where it is absent or null, which Kubernetes takes for the same. */
export function fieldOf(object: unknown, name: string): unknown {
  const value = isFields(object) && Object.hasOwn(object, name) ? object[name] : undefined;
  return value ?? undefined;
}

/** An optional object; one of another type is a fault and counts as absent. */
export function readFields(object: unknown, name: string, path: string, faults: Fault[]): Fields | undefined {
  const value = fieldOf(object, name);
  if (value === undefined || isFields(value)) return value;
  faults.push(wrongType(path, 'an object'));
  return undefined;
}

/** The spec of a custom resource; a missing one is a fault. */
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

/** Each entry that is a text, with its place; the others are faults. */
export function readTexts(
  object: unknown,
  name: string,
  path: string,
  faults: Fault[],
): { text: string; index: number; path: string }[] {
  const texts: { text: string; index: number; path: string }[] = [];
  for (const [index, value] of readList(object, name, path, faults).entries()) {
    const entryPath = `${path}[${index}]`;
    if (typeof value === 'string') texts.push({ text: value, index, path: entryPath });
    else faults.push(wrongType(entryPath, 'a text; put it in quotes'));
  }
  return texts;
}

export function wrongType(path: string, wanted: string): Fault {
  return faultAt(path, textFault('Unsupported', `this must be ${wanted}`));
}
