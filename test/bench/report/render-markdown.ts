import type { Block, Goal, ReportSection } from './section.ts';

/** The section as written to docs/benchmarks.md; `pictures` is the folder of its pictures. */
export function renderMarkdown({ title, blocks }: ReportSection, pictures: string): string {
  return [`## ${title}`, ...blocks.map((block) => renderBlock(block, pictures))].join('\n\n');
}

function renderBlock(block: Block, pictures: string): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'table':
      return `${block.caption}\n\n${renderTable(block.head, block.rows)}`;
    case 'goals':
      return renderTable(['goal', 'found', 'met'], block.goals.map(goalRow));
    case 'chart':
      return `![${block.chart.title}](${pictures}/${block.chart.file}.svg)`;
  }
}

function goalRow({ text, found, met }: Goal): string[] {
  return [text, found, met ? 'yes' : '**no**'];
}

function renderTable(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|');
