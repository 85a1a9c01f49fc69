import { afterAll, describe, expect, test } from 'vitest';
import { gkeNamespaces, gkeStory, Story } from '../../scripts/scenario/index.ts';
import { bash } from '../../scripts/scenario/shell.ts';

/** `scripts/demo --story gke` as assertions. */
describe('the story of the GKE article', () => {
  afterAll(async () => {
    for (const namespace of gkeNamespaces) {
      await bash(`kubectl delete namespace ${namespace} --ignore-not-found --timeout=90s`, {
        timeoutSeconds: 100,
      });
    }
  });

  for (const chapter of gkeStory) {
    test(chapter.title, async () => {
      let told = '';
      const teller = new Story((text) => {
        told += text;
      });
      await chapter.tell(teller);
      expect(teller.checks.length).toBeGreaterThan(0);
      expect(
        teller.checks.filter(({ passed }) => !passed),
        told,
      ).toEqual([]);
    });
  }
});
