/** The command line: commands, their flags, help and completion. */
export {
  type Command,
  clusterFlags,
  exit,
  type Flag,
  type Invocation,
  UsageError,
} from './command.ts';
export { complete, completionScript } from './complete.ts';
export { parseCommandLine } from './parse-command-line.ts';
export { renderHelp, renderOverview } from './render-help.ts';
