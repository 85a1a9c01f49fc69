/**
 * Transparent mode: a sidecar that forwards redirected connections through the proxy, to the name that they contain.
 */
import { runComponent } from '../component/index.ts';
import { startForward } from './start-forward.ts';

export { type StartOptions, startForward } from './start-forward.ts';

/** Milliseconds. */
const HELLO_TIMEOUT = 10_000;

/** `kube-egress forward`: runs until SIGTERM or SIGINT, which a native sidecar gets after the program has ended. */
export function runForward(argv: readonly string[]): Promise<number> {
  return runComponent('forward', argv, async ({ settings, log, stopped }) => {
    const { hostname, port } = new URL(settings.proxy);
    await startForward({
      proxy: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 80 },
      ports: { http: settings.httpPort, https: settings.httpsPort },
      log,
      helloTimeoutMs: HELLO_TIMEOUT,
    });
    log.info({ proxy: settings.proxy }, 'forwarding');
    // The program has ended, so its tunnels may end with this process.
    await stopped;
  });
}
