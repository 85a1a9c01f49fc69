/** The commands of `kubectl egress`, in the order of its help. */
import type { Command } from '../command-line/index.ts';
import { completion } from './completion.ts';
import { lint } from './lint.ts';

export const commands: readonly Command[] = [lint, completion];
