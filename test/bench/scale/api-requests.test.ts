import { describe, expect, it } from 'vitest';
import { parseRequests, requestsBetween, totalOf, writesOf } from './api-requests.ts';

const line = (labels: string, value: number) => `apiserver_request_total{code="200",${labels}} ${value}`;

describe('parseRequests', () => {
  it('sums up all codes and scopes of a verb and resource, with the subresource', () => {
    const metrics = [
      '# TYPE apiserver_request_total counter',
      line('resource="pods",scope="cluster",subresource="",verb="LIST"', 2),
      line('resource="pods",scope="namespace",subresource="",verb="LIST"', 3),
      line('resource="egressrulesets",scope="resource",subresource="status",verb="APPLY"', 7),
      line('resource="",subresource="/readyz",verb="GET"', 9),
      'apiserver_request_terminations_total{code="429",resource="pods",subresource="",verb="LIST"} 5',
    ].join('\n');
    expect([...parseRequests(metrics)]).toEqual([
      ['LIST pods', 5],
      ['APPLY egressrulesets/status', 7],
    ]);
  });
});

describe('requestsBetween', () => {
  it('has only what was asked in between, most first', () => {
    const before = new Map([
      ['LIST pods', 5],
      ['POST events', 1],
    ]);
    const after = new Map([
      ['LIST pods', 5],
      ['POST events', 3],
      ['APPLY networkpolicies', 9],
    ]);
    expect(requestsBetween(before, after)).toEqual([
      ['APPLY networkpolicies', 9],
      ['POST events', 2],
    ]);
  });
});

describe('writesOf', () => {
  it('leaves out reads, the Lease, and reviews, which change nothing', () => {
    const writes = writesOf([
      ['WATCH pods', 1],
      ['PUT leases', 2],
      ['POST tokenreviews', 3],
      ['POST events', 4],
      ['DELETE networkpolicies', 5],
    ]);
    expect(writes).toEqual([
      ['POST events', 4],
      ['DELETE networkpolicies', 5],
    ]);
    expect(totalOf(writes)).toBe(9);
  });
});
