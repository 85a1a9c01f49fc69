/**
 * Ends TCP connections of its pod for the agent, since Squid cannot end a single tunnel. The container exists only if
 * the EgressProxy has closeRevoked. Its only capability is CAP_NET_ADMIN, which reaches the pod's own network.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runComponent } from '../component/index.ts';
import { ssArguments } from './client-address.ts';
import { CloserServer } from './closer-server.ts';

/** Milliseconds for one call of ss. */
const SS_TIMEOUT = 5000;

/** `kube-egress closer`: runs until SIGTERM or SIGINT and resolves with the exit code. */
export function runCloser(argv: readonly string[]): Promise<number> {
  return runComponent('closer', argv, async ({ settings, log, stopped }) => {
    const server = new CloserServer(async (clients) => {
      const { stdout } = await promisify(execFile)('ss', ssArguments(clients, settings.proxyPort), {
        timeout: SS_TIMEOUT,
      });
      const ended = stdout.split('\n').filter((line) => line.trim() !== '').length;
      log.info({ clients, ended }, 'ended connections');
      return ended;
    });
    await server.listen(settings.socketPath);
    log.info({ proxyPort: settings.proxyPort }, 'listening');
    await stopped;
    server.close();
  });
}
