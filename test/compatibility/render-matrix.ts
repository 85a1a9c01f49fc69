import type { Client } from './clients.ts';
import type { Column } from './columns.ts';
import { type Outcome, renderOutcome } from './outcome.ts';

export interface Row {
  client: Client;
  version: string;
  outcomes: readonly Outcome[];
}

/** The matrix as Markdown: a table for each group of clients. */
export function renderMatrix(rows: readonly Row[], columns: readonly Column[]): string {
  const groups = [...new Set(rows.map(({ client }) => client.group))];
  return groups
    .map((group) =>
      renderGroup(
        group,
        rows.filter(({ client }) => client.group === group),
        columns,
      ),
    )
    .join('\n');
}

function renderGroup(group: string, rows: readonly Row[], columns: readonly Column[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['client', 'needs', ...columns.map(({ title }) => title)];
  const body = rows.map(({ client, version, outcomes }) => [
    `${client.name} ${version}`,
    client.needs ?? '',
    ...outcomes.map((outcome, index) => renderOutcome(outcome, columns[index]?.expected ?? 'answered')),
  ]);
  return [`### ${group}`, '', line(head), line(head.map(() => '---')), ...body.map(line), ''].join('\n');
}
