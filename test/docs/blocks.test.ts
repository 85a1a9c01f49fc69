import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { AuditRecord } from '../../src/api/index.ts';
import { renderRecord } from '../../src/cli/logs/index.ts';
import { refusalFields } from '../../src/rules/decide/refusal-fields.ts';
import { podClient, requestTo, snapshotOf } from '../../src/rules/decide/rule-set-index.fixture.ts';
import { decide, explainRefusal } from '../../src/rules/index.ts';
import { blockWith } from '../support/block-of-page.ts';
import { blocksOfFile, ownObjects, pagesToCopyFrom, readPage } from '../support/pages.ts';
import { proofOf, proofs } from './block-proofs.ts';
import { expectTest } from './named-test.ts';

const pages = pagesToCopyFrom();
const firstLine = (text: string) => text.trim().split('\n')[0];

describe('every block of the pages', () => {
  const blocks = pages.flatMap((page) =>
    blocksOfFile(page).map((block) => [page, firstLine(block.text), block] as const),
  );

  test('is found', () => {
    expect(blocks.length).toBeGreaterThan(100);
  });

  test.each(blocks)('%s: %s has a proof, or is a manifest that a test applies', (page, _, block) => {
    expect(proofOf(page, block) ?? ownObjects(page, block)).toBeDefined();
  });

  test.each(proofs)('%s: %s is a block, and the proof exists', (page, has, proof) => {
    const proved = blocksOfFile(page).filter((block) => proofOf(page, block) === proof);
    expect(proved.some(({ text }) => text.includes(has))).toBe(true);
    if (!proof.startsWith('not run: ')) expectTest(proof);
  });
});

describe('what the pages show', () => {
  const refuse = (host: string, pod: string) => {
    const request = requestTo(host, { client: podClient({ name: pod }) });
    const decision = decide(request, snapshotOf([]));
    if (decision.verdict === 'allow') throw new Error('it is allowed');
    return { request, decision };
  };

  test.each([
    ['README.md', 'api', 'api.example.com:443', '...'],
    ['docs/guide/activity.md', 'api', 'no.example.com:80', '3f9c2a71d0-1x'],
    ['docs/guide/targets.md', 'api-1', 'api.example.com:443', '3f9c'],
  ])('%s shows the refusal as it is', (page, pod, target, id) => {
    const { request, decision } = refuse(target, pod);
    const shown = blockWith(readPage(page), 'may not reach').replaceAll(/\s+/g, ' ');
    expect(shown).toContain(explainRefusal(decision, request, id));
  });

  test.each([
    ['helm install', 'operators.md'],
    ['kubectl rollout status', 'upgrade.md'],
    ['helm upgrade', 'upgrade.md'],
  ])('README.md has the block %s of %s', (text, page) => {
    const [inReadme, inGuide] = ['README.md', `docs/guide/${page}`].map((path) =>
      blockWith(readPage(path), text),
    );
    expect(inReadme).toBe(inGuide);
  });

  test('docs/guide/targets.md shows the fields of the answer in JSON', () => {
    const { request, decision } = refuse('api.example.com:443', 'api-1');
    const shown = JSON.parse(blockWith(readPage('docs/guide/targets.md'), '"reason":"NoMatchingRule"'));
    expect(shown).toEqual(refusalFields(decision, request, '3f9c'));
  });

  const auditLine = () => {
    const block = blockWith(readPage('docs/guide/audit.md'), '$ kubectl logs');
    return JSON.parse(block.trim().split('\n')[1] ?? '') as AuditRecord;
  };

  test('docs/guide/audit.md shows a line as it is', () => {
    expect([...Compile(AuditRecord).Errors(auditLine())]).toEqual([]);
  });

  test('docs/guide/kubectl-egress.md shows the lines of logs', () => {
    const line = renderRecord(auditLine(), { colors: false });
    expect(blockWith(readPage('docs/guide/kubectl-egress.md'), 'f283982ec4-3')).toContain(line);
  });
});
