import type { Log } from '../telemetry/index.ts';

/** Options of the forwarders for both ports. */
export interface ForwarderOptions {
  /** Address of the proxy, as in HTTP_PROXY. */
  proxy: { host: string; port: number };
  log: Log;
  /** Milliseconds for a program to send its ClientHello or its request headers. */
  helloTimeoutMs: number;
}

/** Port that the program dialled before the redirect. */
export const originalPort = { http: 80, https: 443 } as const;
