import { describe, expect, it } from 'vitest';
import { useBySet } from '../state/agent-reports.ts';
import { planUsage, type UsageInput } from './plan-usage.ts';

const DAY = 24 * 60 * 60_000;
const NOW = Date.parse('2026-11-21T10:00:00Z');
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const MINUTE = 60_000;

function plan(more: Partial<UsageInput> = {}) {
  const input: UsageInput = {
    before: { since: ago(100 * DAY) },
    targets: ['a:1', 'b:1'],
    acceptedAt: ago(100 * DAY),
    targetGroups: [],
    used: new Map(),
    action: 'Allow',
    now: NOW,
    unusedAfter: 30 * DAY,
    ...more,
  };
  const { usage, condition } = planUsage(input);
  return {
    usage,
    state: condition && `${condition.status} ${condition.reason}`,
    message: condition?.message,
  };
}

describe('planUsage', () => {
  it('begins without a condition', () => {
    const first = { before: undefined, acceptedAt: undefined };
    expect(plan(first)).toMatchObject({ usage: { since: ago(0) }, state: undefined });
  });
  it('has watched a set without a record of use since it was accepted', () => {
    expect(plan({ before: undefined, acceptedAt: ago(DAY) })).toMatchObject({
      usage: { since: ago(DAY) },
      state: undefined,
    });
    expect(plan({ before: undefined, acceptedAt: ago(31 * DAY) }).state).toBe('False Unused');
  });
  it('shows when each target was last used', () => {
    const { usage, state } = plan({ used: new Map([[1, ago(5 * MINUTE)]]) });
    expect(usage).toEqual({
      since: ago(100 * DAY),
      lastUsed: ago(5 * MINUTE),
      targets: [{ target: 'b:1', lastUsed: ago(5 * MINUTE) }],
    });
    expect(state).toBe('True Used');
  });
  it('counts the targets of a group together', () => {
    const used = useBySet([
      ['my-app/rules#npm/0', ago(9 * MINUTE)],
      ['my-app/rules#npm/7', ago(5 * MINUTE)],
      ['my-app/rules#npm/3', ago(7 * MINUTE)],
      ['my-app/other#npm/3', ago(0)],
    ]).get('my-app/rules');
    const { usage, state } = plan({ targets: [], targetGroups: ['npm', 'pypi'], ...(used && { used }) });
    expect(usage).toEqual({
      since: ago(100 * DAY),
      lastUsed: ago(5 * MINUTE),
      targetGroups: [{ name: 'npm', lastUsed: ago(5 * MINUTE) }],
    });
    expect(state).toBe('True Used');
    expect(plan({ before: usage, targets: [], targetGroups: ['pypi'] }).usage.targetGroups).toBeUndefined();
  });
  const before = {
    since: ago(100 * DAY),
    lastUsed: ago(50 * MINUTE),
    targets: [{ target: 'a:1', lastUsed: ago(50 * MINUTE) }],
  };
  it('keeps a time that is less than an hour too old', () => {
    expect(plan({ before, used: new Map([[0, ago(0)]]) }).usage).toEqual(before);
  });
  it('writes a time that is more than an hour too old', () => {
    const later = plan({ before, used: new Map([[0, ago(0)]]), now: NOW + 20 * MINUTE });
    expect(later.usage).toEqual(before);
    const much = plan({ before, used: new Map([[0, ago(-20 * MINUTE)]]), now: NOW + 20 * MINUTE });
    expect(much.usage.lastUsed).toBe(ago(-20 * MINUTE));
  });
  it('writes the first use of a target with the next write, and soon', () => {
    const first = (behind: number) =>
      plan({ before, used: new Map([[1, ago(behind)]]) }).usage.targets?.map(({ target }) => target);
    expect(first(45 * MINUTE)).toEqual(['a:1']);
    expect(first(39 * MINUTE)).toEqual(['a:1', 'b:1']);
  });
  it('forgets a target that the set no longer has, but not the use of the set', () => {
    const { usage } = plan({ before, targets: ['b:1'] });
    expect(usage).toEqual({ since: before.since, lastUsed: before.lastUsed });
  });
  it('ignores a clock that is ahead', () => {
    expect(plan({ used: new Map([[0, ago(-DAY)]]) }).usage.lastUsed).toBe(ago(0));
  });

  it.each<[string, Partial<UsageInput>, string | undefined]>([
    ['never used, watched long enough', {}, 'False Unused'],
    ['never used, watched for a day', { before: { since: ago(DAY) } }, undefined],
    ['used 31 days ago', { before: { since: ago(90 * DAY), lastUsed: ago(31 * DAY) } }, 'False Unused'],
    ['used 29 days ago', { before: { since: ago(90 * DAY), lastUsed: ago(29 * DAY) } }, 'True Used'],
    ['a Deny that never matches', { action: 'Deny' }, undefined],
  ])('%s', (_, more, expected) => {
    expect(plan(more).state).toBe(expected);
  });
  it('says since when it is unused', () => {
    expect(plan().message).toBe(
      'no rule of the set has allowed a request for 30 days (never since 2026-08-13): delete the set if it is not needed any more',
    );
  });
});

describe('useBySet', () => {
  it('parses rules as audit records name them, and ignores other names', () => {
    const uses = useBySet([
      ['my-app/rules#0', 'x'],
      ['my-app/rules#12', 'y'],
      ['base#3', 'z'],
      ['rubbish', 'w'],
      ['a#b', 'w'],
    ]);
    expect(Object.fromEntries([...uses].map(([set, targets]) => [set, [...targets]]))).toEqual({
      'my-app/rules': [
        [0, 'x'],
        [12, 'y'],
      ],
      base: [[3, 'z']],
    });
  });
});
