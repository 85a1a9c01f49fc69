import type { Metrics } from '../telemetry/index.ts';

export interface ControllerMetrics {
  /** `queue`: name of the controller. */
  reconciled(queue: string, result: 'done' | 'failed'): void;
  /** `notAfter`: milliseconds since the epoch. */
  certificate(name: string, notAfter: number): void;
  forgetCertificate(name: string): void;
  /** `ruleSet`: its key. `expiresAt`: milliseconds since the epoch. */
  expiry(ruleSet: string, expiresAt: number): void;
  forgetExpiry(ruleSet: string): void;
  /** Whether NetworkPolicy is enforced around an EgressProxy. `proxy`: its key. */
  enforced(proxy: string, status: 'True' | 'False' | 'Unknown'): void;
  forgetEnforced(proxy: string): void;
}

export function createControllerMetrics(metrics: Pick<Metrics, 'counter' | 'gauge'>): ControllerMetrics {
  const reconciles = metrics.counter('reconciles_total', 'Reconciliations, by controller and result.', [
    'queue',
    'result',
  ]);
  const expiry = metrics.gauge(
    'certificate_expiry_timestamp_seconds',
    'Expiry of a certificate, in seconds since the epoch.',
    ['certificate'],
  );
  const ruleSetExpiry = metrics.gauge(
    'rule_set_expiry_timestamp_seconds',
    'When a rule set expires or has expired, in seconds since the epoch; absent for those that never do.',
    ['rule_set'],
  );
  const enforced = metrics.gauge(
    'network_policy_enforced',
    'Whether NetworkPolicies are enforced, as probed: 1 yes, 0 no; absent while it is unknown.',
    ['proxy'],
  );
  return {
    reconciled: (queue, result) => reconciles.inc({ queue, result }),
    certificate: (certificate, notAfter) => expiry.set({ certificate }, notAfter / 1000),
    forgetCertificate: (certificate) => expiry.remove({ certificate }),
    expiry: (ruleSet, expiresAt) => ruleSetExpiry.set({ rule_set: ruleSet }, expiresAt / 1000),
    forgetExpiry: (ruleSet) => ruleSetExpiry.remove({ rule_set: ruleSet }),
    enforced: (proxy, status) => {
      if (status === 'Unknown') enforced.remove({ proxy });
      else enforced.set({ proxy }, status === 'True' ? 1 : 0);
    },
    forgetEnforced: (proxy) => enforced.remove({ proxy }),
  };
}
