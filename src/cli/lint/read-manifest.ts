import { type Document, isMap, isNode, isSeq, LineCounter, type Node, parseAllDocuments, visit } from 'yaml';
import { parseTarget } from '../../rules/index.ts';

export interface ManifestFile {
  /** As messages name it. */
  path: string;
  text: string;
}

/** A place in a file; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** One object of a file. */
export interface ManifestObject {
  object: unknown;
  /** The place of a field such as `spec.targets[3]`; of the nearest field around it if it does not exist. */
  placeOf: (field: string) => Place;
}

/** A fault of the YAML itself. */
export interface SyntaxFault extends Place {
  message: string;
  /** The line to write instead. */
  suggestion?: string;
}

export interface Manifest {
  objects: ManifestObject[];
  faults: SyntaxFault[];
}

/**
 * Reads the objects of a YAML or JSON file, those of a List included. A target that YAML needs in quotes is a fault, and
 * is read as if it had them, so that the rest of the file is validated too.
 */
export function readManifest({ text }: Pick<ManifestFile, 'text'>): Manifest {
  const { text: quoted, faults } = quoteTargets(text);
  const lines = new LineCounter();
  const documents = parseDocuments(quoted, lines);
  const objects: ManifestObject[] = [];
  for (const document of documents) {
    const broken = syntaxFaults(document, lines);
    faults.push(...broken);
    if (broken.length > 0) continue;
    try {
      objects.push(...objectsOf(document, lines));
    } catch (error) {
      // Aliases of aliases would make one small file fill the memory.
      faults.push({ ...placeAt(document.range?.[0] ?? 0, lines), message: (error as Error).message });
    }
  }
  return { objects, faults };
}

function parseDocuments(text: string, lines: LineCounter): Document[] {
  const documents = parseAllDocuments(text, { lineCounter: lines });
  return Array.isArray(documents) ? (documents as Document[]) : [];
}

const LIST_ENTRY = /^(\s*-\s+)([*[][^\s#]*)(\s*(?:#.*)?)$/;

/** Puts those targets in quotes whose first character means something else in YAML: `*` is an alias, `[` a list. */
function quoteTargets(text: string): { text: string; faults: SyntaxFault[] } {
  const counter = new LineCounter();
  const faulty = parseDocuments(text, counter).flatMap(faultyPositions);
  const suspects = new Set(faulty.map((position) => counter.linePos(position).line));
  const lines = text.split('\n');
  const faults: SyntaxFault[] = [];
  for (const line of suspects) {
    const [, dash, value, rest] = LIST_ENTRY.exec(lines[line - 1] ?? '') ?? [];
    if (dash === undefined || value === undefined || !parseTarget(value).ok) continue;
    const suggestion = `${dash}"${value}"${rest ?? ''}`;
    lines[line - 1] = suggestion;
    const means = value.startsWith('*') ? 'an alias' : 'a list';
    faults.push({
      line,
      column: dash.length + 1,
      message: `quote it: ${value.slice(0, 1)} at the beginning makes it ${means} in YAML`,
      suggestion: suggestion.trim(),
    });
  }
  return { text: lines.join('\n'), faults };
}

/** Offsets of errors, and of aliases without an anchor. */
function faultyPositions(document: Document): number[] {
  const positions = document.errors.map(({ pos }) => pos[0]);
  const anchors = new Set<string>();
  visit(document, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) anchors.add(node.anchor);
    },
  });
  visit(document, {
    Alias: (_, alias) => {
      if (!anchors.has(alias.source)) positions.push(alias.range?.[0] ?? 0);
    },
  });
  return positions;
}

function syntaxFaults(document: Document, lines: LineCounter): SyntaxFault[] {
  if (document.errors.length > 0)
    return document.errors.map(({ pos, message }) => ({
      ...placeAt(pos[0], lines),
      // The rest of the message shows the line, which the reader has.
      message: message.replace(/ at line \d+, column \d+:[\s\S]*$/, ''),
    }));
  return faultyPositions(document).map((position) => ({
    ...placeAt(position, lines),
    message: 'there is no anchor for this alias; put a text that begins with * in quotes',
  }));
}

function objectsOf(document: Document, lines: LineCounter): ManifestObject[] {
  const root: unknown = document.toJS();
  const within = (path: (string | number)[]): ManifestObject['placeOf'] => {
    return (field) => placeOfField(document, [...path, ...readPath(field)], lines);
  };
  const items = (root as { items?: unknown } | null)?.items;
  const isList = Array.isArray(items) && (root as { kind?: unknown }).kind === 'List';
  if (isList) return items.map((object, index) => ({ object, placeOf: within(['items', index]) }));
  return root === null || root === undefined ? [] : [{ object: root, placeOf: within([]) }];
}

/** The keys of a field path: `spec.targets[3]` is spec, targets, 3. */
function readPath(field: string): (string | number)[] {
  return [...field.matchAll(/[^.[\]]+/g)].map(([key]) => (/^\d+$/.test(key) ? Number(key) : key));
}

function placeOfField(document: Document, path: readonly (string | number)[], lines: LineCounter): Place {
  let found: Node | null = document.contents as Node | null;
  let offset = found?.range?.[0] ?? document.range?.[0] ?? 0;
  for (const key of path) {
    const next = entryOf(found, key);
    if (next === undefined) break;
    offset = next.offset;
    found = next.value;
  }
  return placeAt(offset, lines);
}

/** The value of a key or an index, and where the entry begins. */
function entryOf(
  node: Node | null,
  key: string | number,
): { value: Node | null; offset: number } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(key)];
    return isNode(value) ? { value, offset: value.range?.[0] ?? 0 } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key: name }) => isNode(name) && String(name) === String(key));
  if (pair === undefined || !isNode(pair.key)) return undefined;
  return { value: isNode(pair.value) ? pair.value : null, offset: pair.key.range?.[0] ?? 0 };
}

function placeAt(offset: number, lines: LineCounter): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
