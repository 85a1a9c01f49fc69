/** What one part of the bench has found, as plain data; `render-*` makes text and pictures of it. */
export interface Section {
  /** The part's name, as on the command line. */
  name: string;
  title: string;
  blocks: Block[];
}

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'table'; caption: string; head: string[]; rows: string[][] }
  | { kind: 'goals'; goals: Goal[] }
  | { kind: 'chart'; chart: BarChart };

export interface Goal {
  text: string;
  found: string;
  met: boolean;
}

/** Horizontal bars with their spread. */
export interface BarChart {
  /** The file's name, without its ending. */
  file: string;
  title: string;
  unit: string;
  bars: Bar[];
}

export interface Bar {
  label: string;
  value: number;
  /** Least and greatest of the rounds. */
  low: number;
  high: number;
  ours: boolean;
}
