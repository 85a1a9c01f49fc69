/** GoAccess beside a proxy: fed by the agent, its page and its data on one port. */
import { mkdirSync } from 'node:fs';
import { loadSettings } from '../config/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { pagePath, runGoAccessProcess } from './goaccess-process.ts';
import { startPageServer } from './server.ts';

/** Of GoAccess's own server, which serves only data. */
const SOCKET_PORT = 7891;

/** Runs until SIGTERM or SIGINT; the exit code. */
export async function runGoAccess(argv: readonly string[]): Promise<number> {
  const loaded = loadSettings('goaccess', 'runs GoAccess on what the agent beside it writes', argv);
  if ('exitCode' in loaded) return loaded.exitCode;
  const { port, feedDir, workDir, logLevel } = loaded.settings;
  const log = createLogger({ part: 'goaccess', level: logLevel });
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  mkdirSync(workDir, { recursive: true });
  const server = await startPageServer({ port, page: pagePath(workDir), socketPort: SOCKET_PORT });
  log.info({ port }, 'the page is served');
  await runGoAccessProcess({ feedDir, workDir, port: SOCKET_PORT, clock: systemClock, log }, stopping.signal);
  await server.close();
  return 0;
}
