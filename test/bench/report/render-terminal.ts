import type { Block, ReportSection } from './section.ts';

/** The section for a terminal: tables with aligned columns, no pictures. */
export function renderTerminal({ title, blocks }: ReportSection): string {
  const bodies = blocks.map(renderBlock).filter((text) => text !== '');
  return [`\n${title}\n${'='.repeat(title.length)}`, ...bodies].join('\n\n');
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'table':
      return `${block.caption}\n${alignColumns([block.head, ...block.rows])}`;
    case 'goals':
      return block.goals
        .map(({ text, found, met }) => `${met ? 'MET   ' : 'MISSED'}  ${text}: ${found}`)
        .join('\n');
    case 'chart':
      return '';
  }
}

/** The first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd()).join('\n');
}
