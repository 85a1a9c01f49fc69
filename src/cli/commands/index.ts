/** The commands of `kubectl egress`, in the order of its help. */
import type { Command } from '../command-line/index.ts';
import { check } from './check.ts';
import { completion } from './completion.ts';
import { lint } from './lint.ts';
import { simulate } from './simulate.ts';
import { status } from './status.ts';
import { suggest } from './suggest.ts';

export const commands: readonly Command[] = [status, check, suggest, simulate, lint, completion];
