import { parseAllDocuments } from 'yaml';

/** Characters: rule sets with several thousand targets. Longer texts would stop the tab while they are read. */
export const LONGEST_PASTED = 64 * 1024;

/** The objects of pasted manifests, in YAML or JSON and those of a List included, or why they cannot be read. */
export type Pasted = { ok: true; objects: unknown[] } | { ok: false; message: string };

export function readPasted(text: string): Pasted {
  if (text.length > LONGEST_PASTED)
    return { ok: false, message: `The text has more than ${LONGEST_PASTED} characters.` };
  try {
    const objects = parse(text);
    return objects.length === 0 ? { ok: false, message: 'The text is empty.' } : { ok: true, objects };
  } catch (error) {
    // Aliases of aliases would fill the memory, and brackets within brackets the stack.
    return { ok: false, message: explainFault(error instanceof Error ? error.message : String(error)) };
  }
}

function explainFault(message: string): string {
  return message.startsWith('Unresolved alias')
    ? `${message} Put a target that begins with * in quotes.`
    : message;
}

function parse(text: string): unknown[] {
  // Without the search for equal keys, which takes seconds for thousands of them.
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  return [...documents].flatMap((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw new Error(fault.message);
    return objectsOf(document.toJS());
  });
}

function objectsOf(root: unknown): unknown[] {
  const { kind, items } = (root ?? {}) as { kind?: unknown; items?: unknown };
  if (kind === 'List' && Array.isArray(items)) return items;
  return root === null || root === undefined ? [] : [root];
}
