/** Marks around what the bench writes into docs/benchmarks.md; what stands outside is written by hand. */
const begin = (name: string) => `<!-- bench ${name}: begin; written by scripts/bench -->`;
const end = (name: string) => `<!-- bench ${name}: end -->`;

/** Replaces the text of one benchmark in the document. A benchmark that has no place yet gets one at the end. */
export function splice(document: string, name: string, text: string): string {
  const from = document.indexOf(begin(name));
  const to = document.indexOf(end(name));
  const block = `${begin(name)}\n${text}\n${end(name)}`;
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${block}\n`;
  return document.slice(0, from) + block + document.slice(to + end(name).length);
}
