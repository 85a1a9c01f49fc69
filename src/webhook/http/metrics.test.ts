import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerMetrics } from './metrics.ts';

function metrics() {
  const registry = new Registry();
  const registered = registerMetrics(registry, () => undefined);
  const lines = async () => (await registry.metrics()).split('\n');
  return { ...registered, lines };
}

describe('registerMetrics', () => {
  it('counts every verdict once, however often it is asked', async () => {
    const { answered, lines } = metrics();
    answered('/mutate-pods', { kind: 'patched', patch: [], annotation: undefined }, 0.0004);
    answered('/mutate-pods', { kind: 'skipped', reason: 'PodOptedOut' }, 0.004);
    for (const asked of [await lines(), await lines()]) {
      expect(asked).toEqual(
        expect.arrayContaining([
          'kube_egress_admission_requests_total{path="/mutate-pods",verdict="patched"} 1',
          'kube_egress_admission_requests_total{path="/mutate-pods",verdict="skipped"} 1',
          'kube_egress_injections_total 1',
          'kube_egress_injection_skips_total{reason="PodOptedOut"} 1',
          'kube_egress_admission_duration_seconds_bucket{le="0.0005",path="/mutate-pods"} 1',
          'kube_egress_admission_duration_seconds_count{path="/mutate-pods"} 2',
        ]),
      );
    }
  });

  it('counts without a scrape too', async () => {
    const { answered, lines } = metrics();
    for (let count = 0; count < 1234; count += 1) answered('/validate', { kind: 'allowed' }, 0.001);
    expect(await lines()).toContain(
      'kube_egress_admission_requests_total{path="/validate",verdict="allowed"} 1234',
    );
  });
});
