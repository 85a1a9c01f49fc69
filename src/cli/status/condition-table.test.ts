import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ConditionReason, conditionReasons } from '../../api/index.ts';
import { conditionTable } from './condition-table.ts';
import { reportedCondition } from './find-problems.ts';

/** Reasons that say how something is, or is meant to be. */
const soundReasons: readonly ConditionReason[] = [
  'Accepted',
  'Programmed',
  'Ready',
  'Enforced',
  'ObserveMode',
  'Blocked',
  'Injected',
  'NameserverUsed',
  'NoWideningPolicy',
  'Used',
  'ExpiresLater',
  'ExpiresSoon',
  'Expired',
  'Approved',
  'Refused',
  'RuleSetDeleted',
  'UpstreamsHealthy',
  'AliasesLead',
  'ClusterFactsFound',
  // Of an Event alone.
  'TransparentForbidden',
];

/** The text of a page below the heading of an anchor. */
function sectionOf(guide: string): string {
  const [page = '', anchor = ''] = guide.split('#');
  const text = readFileSync(new URL(`../../../docs/guide/${page}`, import.meta.url), 'utf8');
  const sections = text.split(/^(?=## )/m);
  const found = sections.find((section) => {
    const [heading = ''] = section.split('\n');
    return heading.replace(/^## /, '').toLowerCase().replaceAll(' ', '-') === anchor;
  });
  return found ?? '';
}

describe('conditionTable', () => {
  const rows = Object.entries(conditionTable).flatMap(([type, { guide, reasons }]) =>
    reasons.map((reason) => [type, reason, guide] as const),
  );

  it.each(rows)('%s %s: its section of the guide has it', (_, reason, guide) => {
    expect(sectionOf(guide)).toMatch(new RegExp(`\\b${reason}\\b`));
  });

  it('has every reason that is not a sound one, and no other', () => {
    const reasons = new Set([...rows.map(([, reason]) => reason), ...soundReasons]);
    expect([...reasons].toSorted()).toEqual(conditionReasons.toSorted());
  });
});

it('has no condition that JavaScript gives to every object', () => {
  expect(reportedCondition('Enforced')).toBe(conditionTable.Enforced);
  expect(reportedCondition('constructor')).toBeUndefined();
});
