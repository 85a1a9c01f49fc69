/** GoAccess in a proxy's pod: reads the agent's feed, and serves its page and data on one port. */
import { mkdirSync } from 'node:fs';
import { runComponent } from '../component/index.ts';
import { systemClock } from '../time/index.ts';
import { pagePath, runGoAccessProcess } from './goaccess-process.ts';
import { startPageServer } from './server.ts';

/** Port of GoAccess's own server, a WebSocket with the data. */
const SOCKET_PORT = 7891;

/** `kube-egress goaccess`: runs until SIGTERM or SIGINT and resolves with the exit code. */
export function runGoAccess(argv: readonly string[]): Promise<number> {
  return runComponent('goaccess', argv, async ({ settings: { port, feedDir, workDir }, log, signal }) => {
    mkdirSync(workDir, { recursive: true });
    const server = await startPageServer({ port, page: pagePath(workDir), socketPort: SOCKET_PORT });
    log.info({ port }, 'the page is served');
    await runGoAccessProcess({ feedDir, workDir, port: SOCKET_PORT, clock: systemClock, log }, signal);
    await server.close();
  });
}
