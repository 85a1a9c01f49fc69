import type { ReportSection } from './report/section.ts';

export interface RunOptions {
  /** Few and short rounds, to see that everything works; the figures mean nothing. */
  quick: boolean;
  /** A smaller size than that of the documented figures, for a benchmark that has several. */
  size: string | undefined;
  progress: (text: string) => void;
}

/** One benchmark of scripts/bench; each can run alone. */
export interface Benchmark {
  name: string;
  /** One line for --help. */
  summary: string;
  run: (options: RunOptions) => Promise<ReportSection>;
}
