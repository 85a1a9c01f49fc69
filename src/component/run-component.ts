import { type ComponentName, type ComponentSettings, loadSettings } from '../config/index.ts';
import { createLogger, type Log, type LogLevel } from '../telemetry/index.ts';

/** What a component starts with. */
export interface ComponentContext<Name extends ComponentName> {
  settings: ComponentSettings[Name];
  log: Log;
  /** Aborted by SIGTERM or SIGINT. */
  signal: AbortSignal;
  /** Resolves when the signal is aborted. */
  stopped: Promise<void>;
}

export interface ComponentOptions<Name extends ComponentName> {
  /** Default: the setting `--log-level`. */
  logLevel?: (settings: ComponentSettings[Name]) => LogLevel;
}

/**
 * Runs one component of the product and resolves with the exit code of the process: 0 after a stop or `--help`, 1 when
 * `run` rejects, 2 when a setting is wrong. `run` resolves after the component has stopped; whatever is still open then
 * (sockets of tunnels, watches) ends with the process.
 */
export async function runComponent<Name extends ComponentName>(
  name: Name,
  argv: readonly string[],
  run: (context: ComponentContext<Name>) => Promise<void>,
  { logLevel }: ComponentOptions<Name> = {},
): Promise<number> {
  const loaded = loadSettings(name, argv);
  if ('exitCode' in loaded) return loaded.exitCode;
  const { settings } = loaded;
  const level = logLevel?.(settings) ?? (settings as { logLevel: LogLevel }).logLevel;
  const log = createLogger({ component: name, level });
  try {
    await run({ settings, log, ...stopSignal() });
    return 0;
  } catch (err) {
    log.error({ err }, `the ${name} failed`);
    return 1;
  }
}

/** The first SIGTERM or SIGINT stops the component in order; a second one of the same kind ends the process. */
function stopSignal(): { signal: AbortSignal; stopped: Promise<void> } {
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      stop.abort(new Error(name));
      resolve();
    });
  }
  return { signal: stop.signal, stopped };
}
