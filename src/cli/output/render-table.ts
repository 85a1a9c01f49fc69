/** A column: its heading in capitals, and the text of a row's cell. */
export interface Column<Row> {
  heading: string;
  cell: (row: Row) => string;
  /** Only with `-o wide`. */
  wide?: true;
  /** Colours the padded text of a cell. */
  paint?: (text: string, row: Row) => string;
}

export type Table<Row> = readonly Column<Row>[];

/** A table as kubectl prints it: columns as wide as their cells, three spaces between them. */
export function renderTable<Row>(table: Table<Row>, rows: readonly Row[], wide: boolean): string {
  const columns = table.filter((column) => wide || !column.wide);
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const line = (texts: readonly string[], paint: (text: string, index: number) => string = (text) => text) =>
    `${texts
      .map((text, index) => paint(text.padEnd(widths[index] ?? 0), index))
      .join('   ')
      .trimEnd()}\n`;
  const body = rows.map((row, at) =>
    line(cells[at] ?? [], (text, index) => columns[index]?.paint?.(text, row) ?? text),
  );
  return [line(columns.map(({ heading }) => heading)), ...body].join('');
}
