import type { AuditRecord } from '../../api/index.ts';
import type { Metrics } from '../../telemetry/index.ts';
import { OTHER, TopTargets } from './top-targets.ts';

/** Targets with their own series: of one namespace, and of all namespaces together. */
const TARGETS = 20;
const ALL_TARGETS = 2000;
/** No namespace can have this name. */
export const NO_NAMESPACE = '-';

/**
 * Counts printed audit records, so that the sums agree with the lines of the audit log. `bounded` maps a namespace to
 * its label. A client that is not a pod has the namespace "-", since an empty label means none to Prometheus.
 */
export function createRequestMetrics(
  metrics: Pick<Metrics, 'counter'>,
  bounded: (namespace: string) => string,
): (record: AuditRecord) => void {
  const requests = metrics.counter('requests_total', 'Requests in the audit log, by verdict.', [
    'namespace',
    'verdict',
  ]);
  const bytes = metrics.counter(
    'transferred_bytes_total',
    'Bytes of the requests in the audit log: received from clients, sent to them.',
    ['namespace', 'direction'],
  );
  const targets = metrics.counter(
    'target_requests_total',
    'Requests in the audit log, by target: the most requested ones of a namespace by name, the rest as "other".',
    ['namespace', 'target', 'verdict'],
  );
  const refusals = metrics.counter('refusals_total', 'Refused requests in the audit log, by reason.', [
    'reason',
  ]);
  const top = new Map<string, TopTargets>();
  let named = 0;
  const topOf = (namespace: string) => {
    const known = top.get(namespace) ?? new TopTargets({ size: TARGETS });
    top.set(namespace, known);
    return known;
  };
  return ({
    namespace: given = NO_NAMESPACE,
    verdict,
    reason = 'none',
    target,
    bytesReceived,
    bytesSent,
  }) => {
    const namespace = bounded(given);
    requests.inc({ namespace, verdict });
    if (verdict === 'deny') refusals.inc({ reason });
    bytes.inc({ namespace, direction: 'received' }, bytesReceived);
    bytes.inc({ namespace, direction: 'sent' }, bytesSent);
    const ofNamespace = topOf(namespace);
    const before = ofNamespace.size;
    const { as, dropped } = ofNamespace.count(target, namespace !== OTHER && named < ALL_TARGETS);
    named += ofNamespace.size - before;
    targets.inc({ namespace, target: as, verdict });
    if (dropped === undefined) return;
    for (const one of ['allow', 'deny']) targets.remove({ namespace, target: dropped, verdict: one });
  };
}
