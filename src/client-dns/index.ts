/** DNS of pods whose namespace resolves only the cluster's names. */
import { readFileSync } from 'node:fs';
import { runComponent } from '../component/index.ts';
import { parseNameserver, readNameservers } from '../dns/index.ts';
import { CLIENT_DNS_LAST_QUERIES_MS } from '../proxy/index.ts';
import { createMetrics, type Readiness, startTelemetryServer } from '../telemetry/index.ts';
import { sleep, systemClock } from '../time/index.ts';
import { ClientDns } from './client-dns.ts';

export { ClientDns, type ClientDnsOptions } from './client-dns.ts';

const RESOLV_CONF = '/etc/resolv.conf';

/**
 * `kube-egress client-dns`: runs until SIGTERM or SIGINT, and then answers for CLIENT_DNS_LAST_QUERIES_MS, no longer ready:
 * kube-proxy leads a flow of UDP to its pod until that is not ready.
 */
export function runClientDns(argv: readonly string[]): Promise<number> {
  return runComponent('client-dns', argv, async ({ settings, log, signal, stopped }) => {
    const metrics = createMetrics();
    const dns = new ClientDns({
      port: settings.port,
      clusterDomain: settings.clusterDomain,
      nameservers:
        settings.nameservers?.map(parseNameserver) ?? readNameservers(readFileSync(RESOLV_CONF, 'utf8')),
      agentSocket: settings.agentSocket,
      metrics,
      clock: systemClock,
      log,
    });
    const readiness = (): Readiness =>
      signal.aborted ? { ready: false, reasons: ['stopping'] } : { ready: true, reasons: [] };
    const telemetry = await startTelemetryServer({
      port: settings.telemetryPort,
      registry: metrics.registry,
      readiness,
      log,
    });
    const port = await dns.listen();
    log.info({ port, clusterDomain: settings.clusterDomain }, 'answering');
    const ended = new AbortController();
    const reporting = dns.report(ended.signal);
    await stopped;
    await sleep(systemClock, CLIENT_DNS_LAST_QUERIES_MS);
    ended.abort();
    await reporting;
    await Promise.all([dns.close(), telemetry.close()]);
  });
}
