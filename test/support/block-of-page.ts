/** A fenced block of a Markdown page. */
export interface Block {
  /** What follows the opening fence: `yaml`, `sh`; empty for most. */
  language: string;
  /** Without the fences, and without the indentation of the list that the block is in. */
  text: string;
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', text = '']) => ({
      language,
      text: indent === '' ? text : text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The text of the first fenced block of a page that has this text in it. */
export function blockWith(page: string, text: string): string {
  const found = blocksOf(page).find((block) => block.text.includes(text));
  if (found === undefined) throw new Error(`no block has "${text}"`);
  return found.text;
}
