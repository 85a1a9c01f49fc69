/**
 * Ends TCP connections of its pod that the agent names: Squid cannot end one tunnel. It runs beside Squid, only where
 * the EgressProxy says closeRevoked, with CAP_NET_ADMIN for the pod's own network and nothing else.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loadSettings } from '../config/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { CloserServer } from './closer-server.ts';
import { ssArguments } from './connection.ts';

/** Milliseconds for one call of ss. */
const LIMIT = 5000;

/** Runs until SIGTERM or SIGINT. */
export async function runCloser(argv: readonly string[]): Promise<number> {
  const loaded = loadSettings('closer', 'ends connections of revoked tunnels', argv);
  if ('exitCode' in loaded) return loaded.exitCode;
  const { settings } = loaded;
  const log = createLogger({ part: 'closer', level: settings.logLevel });
  const server = new CloserServer(async (clients) => {
    const { stdout } = await promisify(execFile)('ss', ssArguments(clients, settings.proxyPort), {
      timeout: LIMIT,
    });
    const ended = stdout.split('\n').filter((line) => line.trim() !== '').length;
    log.info({ clients, ended }, 'connections were to be ended');
    return ended;
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await server.listen(settings.socketPath);
  log.info({ proxyPort: settings.proxyPort }, 'listening');
  await stopped;
  server.close();
  process.exit(0);
}
