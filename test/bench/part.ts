import type { Section } from './report/section.ts';

export interface RunOptions {
  /** Few and short rounds: to see that everything works, not for figures. */
  quick: boolean;
  progress: (text: string) => void;
}

/** One part of the bench; each runs alone too. */
export interface Part {
  name: string;
  /** One line for --help. */
  summary: string;
  run: (options: RunOptions) => Promise<Section>;
}
