/** Part of a document that a program writes; what is outside of its marks is written by hand. */
export interface GeneratedBlock {
  name: string;
  /** The script that writes it, as the mark names it. */
  writer: string;
}

/** Replaces the text of one block in the document. A block that has no place yet gets one at the end. */
export function splice(document: string, { name, writer }: GeneratedBlock, text: string): string {
  const begin = `<!-- ${name}: begin; written by ${writer} -->`;
  const end = `<!-- ${name}: end -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  const block = `${begin}\n${text}\n${end}`;
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${block}\n`;
  return document.slice(0, from) + block + document.slice(to + end.length);
}
