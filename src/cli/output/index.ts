/** How results are printed: tables, JSON, YAML, names, colours. */
export { paint } from './paint.ts';
export { type Column, renderTable, type Table } from './render-table.ts';
export { outputFlag, type Shown, show, tableText } from './render-value.ts';
