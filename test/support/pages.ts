import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/kube/index.ts';
import { type Block, blocksOf } from './block-of-page.ts';

const root = resolve(import.meta.dirname, '../..');

/** What a reader copies from: paths below the repository. */
export function pagesToCopyFrom(): string[] {
  const patterns = ['README.md', 'CONTRIBUTING.md', 'docs/guide/*.md', 'manifests/**/*.md'];
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return listed
    .trim()
    .split('\n')
    .filter((page) => existsSync(join(root, page)));
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

export function blocksOfFile(page: string): Block[] {
  return blocksOf(readPage(page));
}

/**
 * Objects of the product's kinds in a block. A block may have no more than fields of a spec: they are those of a rule set in the
 * guide for teams, and of an EgressProxy elsewhere.
 *
 * @returns undefined for a block that has no such object
 */
export function ownObjects(page: string, { language, text }: Block): KubeObject[] | undefined {
  if (language !== 'yaml') return undefined;
  if (/^apiVersion: zalando\.org\/v1$/m.test(text))
    return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  const spec = /^ {2}\w/.test(text) ? `spec:\n${text}` : text;
  if (!/^(#.*\n)?spec:/.test(spec)) return undefined;
  const identity = page.endsWith('/targets.md')
    ? { kind: 'EgressRuleSet', metadata: { name: 'fragment', namespace: 'my-app' } }
    : { kind: 'EgressProxy', metadata: { name: 'fragment', namespace: 'egress-proxy' } };
  const fields = parseAllDocuments(spec)[0]?.toJS() as { spec: object };
  const required = identity.kind === 'EgressRuleSet' ? { targets: [] } : {};
  return [{ apiVersion: 'zalando.org/v1', ...identity, spec: { ...required, ...fields.spec } } as KubeObject];
}
