/** Transparent mode: a sidecar that takes redirected connections to the proxy, by the name that they say. */
import { runComponent } from '../component/index.ts';
import { startForward } from './start-forward.ts';

export { type ForwardOptions, startForward } from './start-forward.ts';

const HELLO = 10_000;

/** `kube-egress forward`: runs until SIGTERM or SIGINT, which a native sidecar gets after the program has ended. */
export function runForward(argv: readonly string[]): Promise<number> {
  return runComponent('forward', argv, async ({ settings, log, stopped }) => {
    const { hostname, port } = new URL(settings.proxy);
    await startForward({
      proxy: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 80 },
      ports: { http: settings.httpPort, https: settings.httpsPort },
      log,
      helloMs: HELLO,
    });
    log.info({ proxy: settings.proxy }, 'forwarding');
    // Tunnels that are still open then have no program left to serve: they end with the process.
    await stopped;
  });
}
