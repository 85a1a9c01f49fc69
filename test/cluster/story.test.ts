import { afterAll, describe, expect, test } from 'vitest';
import { Story, story, storyNamespaces } from '../../scripts/scenario/index.ts';
import { leaveNamespaces, proxyIsAsBefore } from './support/client-pods.ts';

/** The demo's chapters as assertions, in order, against the cluster that KUBECONFIG names. */
describe('story', () => {
  afterAll(async () => {
    await leaveNamespaces(...storyNamespaces);
    await proxyIsAsBefore();
  });

  for (const chapter of story) {
    test(chapter.title, async () => {
      let told = '';
      const teller = new Story((text) => {
        told += text;
      });
      await chapter.tell(teller);
      expect(teller.checks.length).toBeGreaterThan(0);
      expect(
        teller.checks.filter((check) => !check.passed),
        told,
      ).toEqual([]);
    });
  }
});
