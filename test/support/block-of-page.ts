/** The first fenced block of a page that has this text in it. */
export function blockWith(page: string, text: string): string {
  const blocks = [...page.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.includes(text));
  if (found === undefined) throw new Error(`no block has "${text}"`);
  return found;
}
