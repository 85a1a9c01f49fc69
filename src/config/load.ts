import type { OptionTable, Settings } from './option.ts';
import { parseOptions, renderHelp } from './parse.ts';
import { type OptionTables, optionTables } from './parts.ts';

export type WebhookSettings = Settings<OptionTables['webhook']>;
export type ControllerSettings = Settings<OptionTables['controller']>;
export type AgentSettings = Settings<OptionTables['agent']>;
export type DashboardSettings = Settings<OptionTables['dashboard']>;

/** A part's settings, or the exit code with which it ends: 0 after --help, 2 when something is wrong. */
export type Loaded<S> = { settings: S } | { exitCode: 0 | 2 };

/** Reads the process's environment and writes help to stdout, faults to stderr: one line each. */
export function loadSettings<Part extends keyof OptionTables>(
  part: Part,
  about: string,
  argv: readonly string[],
): Loaded<Settings<OptionTables[Part]>> {
  const table: OptionTable = optionTables[part];
  const parsed = parseOptions(table, argv, process.env);
  switch (parsed.outcome) {
    case 'settings':
      return { settings: parsed.settings as Settings<OptionTables[Part]> };
    case 'help':
      process.stdout.write(renderHelp(part, about, table));
      return { exitCode: 0 };
    case 'faults':
      for (const fault of parsed.faults) process.stderr.write(`kube-egress ${part}: ${fault}\n`);
      return { exitCode: 2 };
  }
}
