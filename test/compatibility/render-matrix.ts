import type { Client } from './clients.ts';
import type { Column } from './columns.ts';
import { isExpected, type Outcome } from './outcome.ts';

export interface Row {
  client: Client;
  version: string;
  /** In the order of the columns; undefined where the client is not asked. */
  outcomes: readonly (Outcome | undefined)[];
}

/** The clients of one group as a Markdown table. */
export function renderGroup(rows: readonly Row[], columns: readonly Column[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['client', 'needs', ...columns.map(({ title }) => title)];
  const body = rows.map(({ client, version, outcomes }) => [
    `${client.name} ${version}`,
    client.needs ?? '',
    ...outcomes.map((outcome, index) => renderOutcome(outcome, columns[index]?.expected)),
  ]);
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

/** A table cell: `yes`, or what the user sees instead, short enough for a table. What should not be so is marked. */
export function renderOutcome(outcome: Outcome | undefined, expected: Column['expected'] = 'shown'): string {
  if (outcome === undefined) return '';
  if (expected !== 'refused' && isExpected(outcome, 'answered')) return 'yes';
  const text = outcome.kind === 'answered' ? `${outcome.status}` : outcome.text;
  const short = text.length > 90 ? `${text.slice(0, 88)}…` : text;
  const cell =
    short.replaceAll('|', '\\|').replaceAll('`', "'").replaceAll('<', '&lt;').replaceAll('\n', ' ') ||
    'no output';
  const isFault = expected !== 'shown' && !isExpected(outcome, expected);
  return isFault ? `**no**: ${cell}` : cell;
}
