/** Transparent mode: a sidecar that takes redirected connections to the proxy, by the name that they say. */
import { loadSettings } from '../config/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { startForward } from './start-forward.ts';

export { type ForwardOptions, startForward } from './start-forward.ts';

const HELLO = 10_000;

/** `kube-egress forward`: runs until SIGTERM or SIGINT. As a native sidecar it is told to stop after the program. */
export async function runForward(argv: readonly string[]): Promise<number> {
  const loaded = loadSettings(
    'forward',
    'takes redirected connections to the proxy (transparent mode)',
    argv,
  );
  if ('exitCode' in loaded) return loaded.exitCode;
  const { settings } = loaded;
  const log = createLogger({ part: 'forward', level: settings.logLevel });
  const { hostname, port } = new URL(settings.proxy);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  try {
    await startForward({
      proxy: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 80 },
      ports: { http: settings.httpPort, https: settings.httpsPort },
      log,
      helloMs: HELLO,
    });
    log.info({ proxy: settings.proxy }, 'forwarding');
    await stopped;
    // Tunnels that are still open have nobody left to talk to.
    process.exit(0);
  } catch (err) {
    log.error({ err }, 'the forwarder ends');
    process.exit(1);
  }
}
