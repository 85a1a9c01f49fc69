import { afterAll, describe, expect, test } from 'vitest';
import { ChapterRun, mainNamespaces, mainScenario } from '../../scripts/scenario/index.ts';
import { leaveNamespaces, proxyIsAsBefore } from './support/client-pods.ts';

/** The demo's chapters as assertions, in order, against the cluster that KUBECONFIG names. */
describe('the scenario of scripts/demo', () => {
  afterAll(async () => {
    await leaveNamespaces(...mainNamespaces);
    await proxyIsAsBefore();
  });

  for (const chapter of mainScenario) {
    test(chapter.title, async () => {
      let shown = '';
      const run = new ChapterRun((text) => {
        shown += text;
      });
      await chapter.execute(run);
      expect(run.checks.length).toBeGreaterThan(0);
      expect(
        run.checks.filter((check) => !check.passed),
        shown,
      ).toEqual([]);
    });
  }
});
