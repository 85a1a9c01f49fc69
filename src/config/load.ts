import { type ComponentName, componentAbout, type OptionTables, optionTables } from './components.ts';
import type { OptionTable, Settings } from './option.ts';
import { parseOptions, renderHelp } from './parse.ts';

export type ComponentSettings = { [Name in ComponentName]: Settings<OptionTables[Name]> };
export type WebhookSettings = ComponentSettings['webhook'];
export type ControllerSettings = ComponentSettings['controller'];
export type AgentSettings = ComponentSettings['agent'];
export type DashboardSettings = ComponentSettings['dashboard'];

/** A component's settings, or the exit code with which it ends: 0 after --help, 2 when an option is wrong. */
export type Loaded<S> = { settings: S } | { exitCode: 0 | 2 };

/** Reads the environment of the process. Writes help to stdout, and faults to stderr, one line each. */
export function loadSettings<Name extends ComponentName>(
  component: Name,
  argv: readonly string[],
): Loaded<ComponentSettings[Name]> {
  const table: OptionTable = optionTables[component];
  const parsed = parseOptions(table, argv, process.env);
  switch (parsed.outcome) {
    case 'settings':
      return { settings: parsed.settings as ComponentSettings[Name] };
    case 'help':
      process.stdout.write(renderHelp(component, componentAbout[component], table));
      return { exitCode: 0 };
    case 'faults':
      for (const fault of parsed.faults) process.stderr.write(`kube-egress ${component}: ${fault}\n`);
      return { exitCode: 2 };
  }
}
