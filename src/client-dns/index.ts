/** DNS of pods whose namespace resolves only the cluster's names. */
import { readFileSync } from 'node:fs';
import { runComponent } from '../component/index.ts';
import { parseNameserver, readNameservers } from '../dns/index.ts';
import { createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { ClientDns } from './client-dns.ts';

export { ClientDns, type ClientDnsOptions } from './client-dns.ts';

const RESOLV_CONF = '/etc/resolv.conf';

/** `kube-egress client-dns`: runs until SIGTERM or SIGINT. */
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
    const telemetry = await startTelemetryServer({
      port: settings.telemetryPort,
      registry: metrics.registry,
      readiness: () => ({ ready: true, reasons: [] }),
      log,
    });
    const port = await dns.listen();
    log.info({ port, clusterDomain: settings.clusterDomain }, 'answering');
    const reporting = dns.report(signal);
    await stopped;
    await reporting;
    await Promise.all([dns.close(), telemetry.close()]);
  });
}
