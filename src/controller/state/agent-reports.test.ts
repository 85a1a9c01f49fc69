import { describe, expect, it } from 'vitest';
import type { ActivityReport } from '../../api/index.ts';
import { AgentReports } from './agent-reports.ts';

function report(instance: string, requests: number, rules: ActivityReport['rules'] = {}): ActivityReport {
  const counts = { requests, denied: 0, targets: [], dropped: requests };
  return { instance, pod: 'squid-0', since: '', namespaces: { 'my-app': counts }, rules };
}

const requestsOf = (reports: AgentReports) =>
  Object.fromEntries(reports.countsOf('my-app').map(({ instance, counts }) => [instance, counts.requests]));

describe('AgentReports', () => {
  it('has the latest report of each run', () => {
    const reports = new AgentReports();
    reports.record('ns/squid-0', report('a', 1), 0);
    reports.record('ns/squid-0', report('a', 2), 1);
    reports.record('ns/squid-1', report('b', 7), 1);
    expect(requestsOf(reports)).toEqual({ a: 2, b: 7 });
    expect(reports.countsOf('other')).toEqual([]);
    expect([...reports.namespaces()]).toEqual(['my-app']);
  });

  it('keeps for a while the counts of a run before a restart', () => {
    const reports = new AgentReports();
    const pods = new Set(['ns/squid-0']);
    reports.record('ns/squid-0', report('a', 1), 0);
    reports.record('ns/squid-0', report('b', 1), 100);
    expect(reports.isSuperseded({ pod: 'ns/squid-0', instance: 'a' })).toBe(true);
    expect(reports.isSuperseded({ pod: 'ns/squid-0', instance: 'b' })).toBe(false);
    reports.retain(pods, 200, 50);
    expect(requestsOf(reports)).toEqual({ a: 1, b: 1 });
    reports.retain(pods, 300, 150);
    expect(requestsOf(reports)).toEqual({ b: 1 });
  });

  it('keeps for a while the counts of a deleted pod', () => {
    const reports = new AgentReports();
    reports.record('ns/squid-0', report('a', 1), 0);
    reports.retain(new Set(), 100, 0);
    expect(requestsOf(reports)).toEqual({ a: 1 });
    reports.retain(new Set(), 300, 200);
    expect(requestsOf(reports)).toEqual({});
  });

  it('knows the latest use of a rule', () => {
    const reports = new AgentReports();
    reports.record(
      'ns/squid-0',
      report('a', 1, { r: { count: 1, lastSeen: '2026-11-21T10:00:00.000Z' } }),
      0,
    );
    reports.record(
      'ns/squid-1',
      report('b', 1, { r: { count: 9, lastSeen: '2026-11-21T09:00:00.000Z' } }),
      0,
    );
    expect([...reports.ruleUse()]).toEqual([['r', '2026-11-21T10:00:00.000Z']]);
  });
});
