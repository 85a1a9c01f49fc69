import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SkipReason } from '../../api/index.ts';
import type { HttpErrorCode } from './errors.ts';
import type { Verdict } from './handler.ts';

/** Seconds. The target is a p99 under 5 ms; the API server gives up after 2 s. */
const BUCKETS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2];

/** Requests that are counted together, unless the metrics are scraped before. */
const MOST_UNCOUNTED = 500;

export interface WebhookMetrics {
  answered(path: string, verdict: Verdict, seconds: number): void;
  failed(path: string, code: HttpErrorCode): void;
  /** The connection of a pod was refused. */
  refused(): void;
}

/** `certificateExpiry` is called at every scrape: milliseconds since the epoch, undefined without a certificate. */
export function registerMetrics(
  registry: Registry,
  certificateExpiry: () => number | undefined,
): WebhookMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'kube_egress_admission_requests_total',
    help: 'Admission requests answered, by path and verdict.',
    labelNames: ['path', 'verdict'],
    registers,
    collect: count,
  });
  const errors = new Counter({
    name: 'kube_egress_admission_errors_total',
    help: 'Requests answered with an HTTP error, by path and error code.',
    labelNames: ['path', 'code'],
    registers,
  });
  const refusals = new Counter({
    name: 'kube_egress_admission_refused_connections_total',
    help: 'Connections of pods that were refused: only the API server may call the webhook.',
    registers,
  });
  const injections = new Counter({
    name: 'kube_egress_injections_total',
    help: 'Pods into which the proxy variables were injected.',
    registers,
    collect: count,
  });
  const skips = new Counter({
    name: 'kube_egress_injection_skips_total',
    help: 'Pods that were left unchanged, by reason.',
    labelNames: ['reason'],
    registers,
    collect: count,
  });
  const duration = new Histogram({
    name: 'kube_egress_admission_duration_seconds',
    help: 'Time from the parsed body to the rendered answer, by path.',
    labelNames: ['path'],
    buckets: BUCKETS,
    registers,
    collect: count,
  });
  new Gauge({
    name: 'kube_egress_certificate_expiry_timestamp_seconds',
    help: 'Expiry of a certificate, in seconds since the epoch; 0 without one.',
    labelNames: ['certificate'],
    registers,
    collect() {
      this.set({ certificate: 'webhook' }, (certificateExpiry() ?? 0) / 1000);
    },
  });
  /** Counted one by one, a request costs a tenth more: prom-client builds and looks up its labels as text. */
  let uncounted: Answered[] = [];
  function count(): void {
    const all = uncounted;
    uncounted = [];
    for (const { path, verdict, reason, seconds } of all) {
      requests.inc({ path, verdict });
      duration.observe({ path }, seconds);
      if (verdict === 'patched') injections.inc();
      if (reason !== undefined) skips.inc({ reason });
    }
  }
  return {
    answered(path, verdict, seconds) {
      const reason = verdict.kind === 'skipped' ? verdict.reason : undefined;
      uncounted.push({ path, verdict: verdict.kind, reason, seconds });
      if (uncounted.length >= MOST_UNCOUNTED) count();
    },
    failed: (path, code) => errors.inc({ path, code }),
    refused: () => refusals.inc(),
  };
}

interface Answered {
  path: string;
  verdict: Verdict['kind'];
  reason: SkipReason | undefined;
  seconds: number;
}
