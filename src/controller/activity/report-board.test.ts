import { describe, expect, it } from 'vitest';
import type { ActivityReport } from '../../api/index.ts';
import { ReportBoard } from './report-board.ts';

function report(instance: string, requests: number, rules: ActivityReport['rules'] = {}): ActivityReport {
  const counts = { requests, denied: 0, targets: [], dropped: requests };
  return { instance, pod: 'squid-0', since: '', namespaces: { 'my-app': counts }, rules };
}

const heard = (board: ReportBoard) =>
  Object.fromEntries(board.of('my-app').map(({ instance, counts }) => [instance, counts.requests]));

describe('ReportBoard', () => {
  it('holds the latest report of each run', () => {
    const board = new ReportBoard();
    board.hear('ns/squid-0', report('a', 1), 0);
    board.hear('ns/squid-0', report('a', 2), 1);
    board.hear('ns/squid-1', report('b', 7), 1);
    expect(heard(board)).toEqual({ a: 2, b: 7 });
    expect(board.of('other')).toEqual([]);
    expect([...board.namespaces()]).toEqual(['my-app']);
  });

  it('keeps for a while what an agent counted before it was started again', () => {
    const board = new ReportBoard();
    const pods = new Set(['ns/squid-0']);
    board.hear('ns/squid-0', report('a', 1), 0);
    board.hear('ns/squid-0', report('b', 1), 100);
    expect(board.isSuperseded({ pod: 'ns/squid-0', instance: 'a' })).toBe(true);
    expect(board.isSuperseded({ pod: 'ns/squid-0', instance: 'b' })).toBe(false);
    board.retain(pods, 200, 50);
    expect(heard(board)).toEqual({ a: 1, b: 1 });
    board.retain(pods, 300, 150);
    expect(heard(board)).toEqual({ b: 1 });
  });

  it('keeps for a while what a pod counted that is gone', () => {
    const board = new ReportBoard();
    board.hear('ns/squid-0', report('a', 1), 0);
    board.retain(new Set(), 100, 0);
    expect(heard(board)).toEqual({ a: 1 });
    board.retain(new Set(), 300, 200);
    expect(heard(board)).toEqual({});
  });

  it('knows the latest use of a rule', () => {
    const board = new ReportBoard();
    board.hear('ns/squid-0', report('a', 1, { r: { count: 1, lastSeen: '2026-11-21T10:00:00.000Z' } }), 0);
    board.hear('ns/squid-1', report('b', 1, { r: { count: 9, lastSeen: '2026-11-21T09:00:00.000Z' } }), 0);
    expect([...board.ruleUse()]).toEqual([['r', '2026-11-21T10:00:00.000Z']]);
  });
});
