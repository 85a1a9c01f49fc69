/** The head of a table. Columns in `numbers` are aligned as numbers are. */
export function TableHead({
  columns,
  numbers = [],
}: {
  columns: readonly string[];
  numbers?: readonly string[];
}) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col" class={numbers.includes(column) ? 'number' : undefined}>
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}
