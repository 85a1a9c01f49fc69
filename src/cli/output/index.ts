/** How results are printed: tables, JSON, YAML, names, colours. */
export { formatCount } from './format-count.ts';
export { formatMinute } from './format-minute.ts';
export { oneLine } from './one-line.ts';
export { clearScreen, paint } from './paint.ts';
export { renderJsonLine } from './render-json-line.ts';
export { type Column, renderTable, type Table } from './render-table.ts';
export { outputFlag, type Shown, show } from './render-value.ts';
