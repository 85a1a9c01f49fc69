import type { Log } from '../telemetry/index.ts';

/** What both ports of the forwarder work with. */
export interface Forwarding {
  /** The proxy, as HTTP_PROXY has it. */
  proxy: { host: string; port: number };
  log: Log;
  /** Milliseconds that a program may take to say where it wants to go, and the proxy to answer. */
  helloMs: number;
}

/** The port that a program meant is the one that was redirected. */
export const meantPort = { http: 80, https: 443 } as const;
