/** A column: its heading in capitals, and the text of a row's cell. */
export interface Column<Row> {
  heading: string;
  cell: (row: Row) => string;
  /** Only with `-o wide`. */
  wide?: true;
}

export type Table<Row> = readonly Column<Row>[];

/** A table as kubectl prints it: columns as wide as their cells, three spaces between them. */
export function renderTable<Row>(table: Table<Row>, rows: readonly Row[], wide: boolean): string {
  const columns = table.filter((column) => wide || !column.wide);
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
