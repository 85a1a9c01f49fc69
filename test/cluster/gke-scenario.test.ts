import { afterAll, describe, expect, test } from 'vitest';
import { ChapterRun, gkeNamespaces, gkeScenario } from '../../scripts/scenario/index.ts';
import { bash } from '../../scripts/scenario/shell.ts';

/** `scripts/demo --scenario gke` as assertions. */
describe('the scenario of the GKE article', () => {
  afterAll(async () => {
    for (const namespace of gkeNamespaces) {
      await bash(`kubectl delete namespace ${namespace} --ignore-not-found --timeout=90s`, {
        timeoutSeconds: 100,
      });
    }
  });

  for (const chapter of gkeScenario) {
    test(chapter.title, async () => {
      let shown = '';
      const run = new ChapterRun((text) => {
        shown += text;
      });
      await chapter.execute(run);
      expect(run.checks.length).toBeGreaterThan(0);
      expect(
        run.checks.filter(({ passed }) => !passed),
        shown,
      ).toEqual([]);
    });
  }
});
