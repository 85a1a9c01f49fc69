import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { conditionReasons, decisionReasons } from '../../src/api/index.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((page) => existsSync(join(root, page)));

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The page without its fenced blocks, whose brackets and backquotes belong to another syntax. */
function proseOf(page: string): string {
  return read(page).replace(/^```[\s\S]*?^```/gm, '');
}

/** GitHub's anchor of a heading: lower case, letters, digits, `-` and `_` alone, spaces as `-`. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Links of a page that lead nowhere: to no file, or to no heading of it. */
function brokenLinks(page: string): string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
}

/** Paths of this repository in backquotes that do not exist. */
function missingPaths(page: string): string[] {
  const paths = [
    ...proseOf(page).matchAll(/`((?:src|test|scripts|docs|manifests|certs)\/[\w./-]+)(?: [^`]*)?`/g),
  ].map(([, path = '']) => path);
  return paths.filter((path) => !existsSync(join(root, path)));
}

describe('every page', () => {
  test.each(pages)('%s links to what exists', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  test.each(pages)('%s names paths that exist', (page) => {
    expect(missingPaths(page)).toEqual([]);
  });
});

describe('the pages together', () => {
  test('name every reason of a refusal in the guide for teams', () => {
    const guide = read('docs/guide/targets.md');
    const explained = decisionReasons.filter(
      (reason) => reason !== 'RuleAllowed' && reason !== 'ObserveOnly',
    );
    expect(explained.length).toBeGreaterThan(8);
    expect(explained.filter((reason) => !new RegExp(`^\\|.*\\b${reason}\\b.*\\|`, 'm').test(guide))).toEqual(
      [],
    );
  });
});

describe('the guide', () => {
  /** What a condition says when nothing is to be done. */
  const good = [
    'NoWideningPolicy',
    'Used',
    'ExpiresLater',
    'ClusterFactsFound',
    'UpstreamsHealthy',
    'AliasesLead',
    'NameserverUsed',
  ];
  const guide = pages
    .filter((page) => page.startsWith('docs/guide/'))
    .map(read)
    .join('\n');

  test.each(conditionReasons.filter((reason) => !good.includes(reason)))(
    'says what to do about a condition with the reason %s',
    (reason) => {
      expect(guide).toMatch(new RegExp(`\\b${reason}\\b`));
    },
  );
});

describe('docs/decisions', () => {
  const decisions = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
  const index = read('docs/decisions/README.md');

  test.each(decisions)('%s has its number and title in the index', (page) => {
    const number = basename(page).slice(0, 4);
    const [, titled, title] = /^# (\d+)\. (.+)\n/.exec(read(page)) ?? [];
    expect(titled).toBe(String(Number(number)));
    expect(index).toContain(`| [${number}](${basename(page)}) | ${title} |`);
  });

  test('has no gap that the index does not explain', () => {
    const numbers = decisions.map((page) => Number(basename(page).slice(0, 4)));
    const missing = Array.from({ length: Math.max(...numbers) }, (_, i) => i + 1).filter(
      (number) => !numbers.includes(number),
    );
    for (const number of missing)
      expect(index).toMatch(new RegExp(`\\| ${String(number).padStart(4, '0')} \\|`));
  });
});
