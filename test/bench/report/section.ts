/** The result of one benchmark as plain data; `render-*` turns it into text and pictures. */
export interface ReportSection {
  /** Name of the benchmark, as on the command line. */
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
  /** File name without its extension. */
  file: string;
  title: string;
  unit: string;
  bars: Bar[];
}

export interface Bar {
  label: string;
  value: number;
  /** Smallest and largest value of all rounds. */
  low: number;
  high: number;
  ours: boolean;
}
