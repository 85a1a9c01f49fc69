/** The readiness of Squid, as the agent sees it. */
export { SquidProbe, type SquidProbeOptions } from './squid-probe.ts';
