/**
 * Ends TCP connections of its pod that the agent names: Squid cannot end one tunnel. It runs beside Squid, only where
 * the EgressProxy says closeRevoked, with CAP_NET_ADMIN for the pod's own network and nothing else.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runComponent } from '../component/index.ts';
import { CloserServer } from './closer-server.ts';
import { ssArguments } from './connection.ts';

/** Milliseconds for one call of ss. */
const LIMIT = 5000;

/** `kube-egress closer`: runs until SIGTERM or SIGINT and resolves with the exit code. */
export function runCloser(argv: readonly string[]): Promise<number> {
  return runComponent('closer', argv, async ({ settings, log, stopped }) => {
    const server = new CloserServer(async (clients) => {
      const { stdout } = await promisify(execFile)('ss', ssArguments(clients, settings.proxyPort), {
        timeout: LIMIT,
      });
      const ended = stdout.split('\n').filter((line) => line.trim() !== '').length;
      log.info({ clients, ended }, 'connections were to be ended');
      return ended;
    });
    await server.listen(settings.socketPath);
    log.info({ proxyPort: settings.proxyPort }, 'listening');
    await stopped;
    server.close();
  });
}
