/** The kubectl plugin: `kubectl egress`. */
export { runCli } from './run-cli.ts';
