import type { Metrics } from '../telemetry/index.ts';
import type { QueueName } from './queues.ts';

export interface ControllerMetrics {
  reconciled(queue: QueueName, result: 'done' | 'failed'): void;
  /** `notAfter`: milliseconds since the epoch. */
  certificate(name: string, notAfter: number): void;
  forgetCertificate(name: string): void;
  /** Of the network that an EgressProxy stands in, by the proxy's key. */
  enforced(proxy: string, status: 'True' | 'False' | 'Unknown'): void;
  forgetEnforced(proxy: string): void;
}

export function createControllerMetrics(metrics: Pick<Metrics, 'counter' | 'gauge'>): ControllerMetrics {
  const reconciles = metrics.counter('reconciles_total', 'Reconciliations, by queue and by how they ended.', [
    'queue',
    'result',
  ]);
  const expiry = metrics.gauge(
    'certificate_expiry_timestamp_seconds',
    'When a certificate ends, in seconds since the epoch.',
    ['certificate'],
  );
  const enforced = metrics.gauge(
    'network_policy_enforced',
    'Whether NetworkPolicies have an effect, as probed: 1 they have, 0 they have not; absent while it is unknown.',
    ['proxy'],
  );
  return {
    reconciled: (queue, result) => reconciles.inc({ queue, result }),
    certificate: (certificate, notAfter) => expiry.set({ certificate }, notAfter / 1000),
    forgetCertificate: (certificate) => expiry.remove({ certificate }),
    enforced: (proxy, status) => {
      if (status === 'Unknown') enforced.remove({ proxy });
      else enforced.set({ proxy }, status === 'True' ? 1 : 0);
    },
    forgetEnforced: (proxy) => enforced.remove({ proxy }),
  };
}
