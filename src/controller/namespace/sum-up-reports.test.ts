import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PodReport, sumUpReports } from './sum-up-reports.ts';

const activity = {
  apiVersion: 'zalando.org/v1',
  kind: 'EgressActivity',
  metadata: { name: 'observed', namespace: 'shop', uid: 'a1' },
};
const report = (name: string, message = 'restart it'): PodReport => ({
  pod: { metadata: { name, namespace: 'shop', uid: `uid of ${name}` } },
  reason: 'PodsNotInjected',
  message,
});
const shown = (reports: readonly PodReport[]) =>
  sumUpReports(activity, reports).map(
    ({ regarding: { kind, metadata }, message }) => `${kind} ${metadata.name}: ${message}`,
  );

describe('sumUpReports', () => {
  it('reports a few pods apart', () => {
    expect(shown([report('a'), report('b')])).toEqual(['Pod a: restart it', 'Pod b: restart it']);
  });

  it('reports many pods as one, with their names', () => {
    expect(shown(['d', 'b', 'a', 'c'].map((name) => report(name)))).toEqual([
      'EgressActivity observed: 4 pods (a, b, c, d): restart it',
    ]);
  });

  it('keeps apart what is said of few', () => {
    const reports = [...['a', 'b', 'c', 'd'].map((name) => report(name)), report('e', 'something else')];
    expect(shown(reports)).toEqual([
      'EgressActivity observed: 4 pods (a, b, c, d): restart it',
      'Pod e: something else',
    ]);
  });

  it('is bounded by the number of troubles, not of pods', () => {
    const reports = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 500 }), fc.constantFrom('restart it', 'wait', 'other')),
    );
    fc.assert(
      fc.property(reports, (given) => {
        const summed = sumUpReports(
          activity,
          given.map(([pod, message]) => report(`p${pod}`, message)),
        );
        expect(summed.length).toBeLessThanOrEqual(3 * 3);
        expect(summed.length === 0).toBe(given.length === 0);
      }),
    );
  });
});
