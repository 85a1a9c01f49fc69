import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../api/index.ts';
import type { Tunnel } from '../tunnels/index.ts';
import { RecentFlows } from './recent-flows.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');

function record(id: string, more: Partial<AuditRecord> = {}): AuditRecord {
  const time = new Date(NOW - 1000).toISOString();
  return {
    id,
    time,
    namespace: 'my-app',
    target: 'h.example:443',
    verdict: 'allow',
    bytesReceived: 1,
    bytesSent: 2,
    durationMs: 3,
    ...more,
  };
}

function tunnel(id: string, more: Partial<Tunnel> = {}): Tunnel {
  return {
    id,
    client: { address: '10.0.0.7', port: 4711 },
    podUid: 'u',
    request: { method: 'CONNECT', host: 'h.example', port: 443, scheme: undefined },
    addresses: undefined,
    known: record(id, { durationMs: 0 }),
    revoked: false,
    ...more,
  };
}

const printed = (one: AuditRecord) => ({ text: JSON.stringify(one), record: one });
const store = (capacity = 100) =>
  new RecentFlows({ instance: 'i', pod: 'squid-0', now: () => NOW, capacity });
const seen = (page: ReturnType<RecentFlows['page']>) => page.flows.map(({ id, state }) => `${id} ${state}`);

describe('RecentFlows', () => {
  it('shows a tunnel while it is open, and again when it closes', () => {
    const flows = store();
    flows.show(tunnel('a'));
    const first = flows.page();
    expect(first.flows).toMatchObject([{ id: 'a', state: 'open', seq: 1, durationMs: 1000 }]);
    flows.close(printed(record('a')));
    const next = flows.page({ after: first.next });
    expect(next.flows).toMatchObject([{ id: 'a', state: 'closed', seq: 2, durationMs: 3 }]);
    expect(seen(flows.page())).toEqual(['a closed']);
  });

  it('shows a revoked tunnel again, with a new seq', () => {
    const flows = store();
    flows.show(tunnel('a'));
    const { next } = flows.page();
    flows.show(tunnel('a', { revoked: true }));
    expect(flows.page({ after: next }).flows).toMatchObject([{ id: 'a', state: 'open', revoked: true }]);
  });

  it('keeps open tunnels however many flows close, and counts dropped flows', () => {
    const flows = store(2);
    flows.show(tunnel('a'));
    for (const id of ['b', 'c', 'd', 'e']) flows.close(printed(record(id)));
    expect(seen(flows.page())).toEqual(['a open', 'd closed', 'e closed']);
    expect(flows.page({ after: 1 }).dropped).toBe(2);
    expect(flows.page({ after: 2 }).dropped).toBe(1);
    expect(flows.page({ after: 3 }).dropped).toBe(0);
    expect(flows.page().dropped).toBe(0);
  });

  it('returns the newest first, then page by page without a gap', () => {
    const flows = store();
    for (const id of ['a', 'b', 'c', 'd', 'e']) flows.close(printed(record(id)));
    expect(seen(flows.page({ limit: 2 }))).toEqual(['d closed', 'e closed']);
    const read: string[] = [];
    let after = 0;
    for (let turn = 0; turn < 3; turn += 1) {
      const page = flows.page({ after, limit: 2 });
      read.push(...seen(page));
      after = page.next;
    }
    expect(read).toEqual(['a closed', 'b closed', 'c closed', 'd closed', 'e closed']);
    expect(flows.page({ after, limit: 2 }).next).toBe(after);
  });

  it('includes old open tunnels in the first page', () => {
    const flows = store();
    flows.show(tunnel('t'));
    for (const id of ['a', 'b', 'c']) flows.close(printed(record(id)));
    expect(seen(flows.page({ limit: 2 }))).toEqual(['t open', 'b closed', 'c closed']);
  });

  it.each([
    ['one namespace', { namespaces: ['my-app'] }, ['a closed', 't open']],
    ['several', { namespaces: ['my-app', 'other'] }, ['a closed', 'b closed', 't open']],
    ['clients that are not pods', { namespaces: [''] }, ['c closed']],
    ['an id', { id: 'b' }, ['b closed']],
    ['an unknown id', { id: 'x' }, []],
  ])('filters by %s', (_, query, expected) => {
    const flows = store();
    const { namespace: _none, ...noPod } = record('c');
    for (const one of [record('a'), record('b', { namespace: 'other' }), noPod])
      flows.close(printed(one as AuditRecord));
    flows.show(tunnel('t'));
    const page = flows.page(query);
    expect(seen(page)).toEqual(expected);
    // What was filtered out is not requested again.
    expect(page.next).toBe(4);
  });

  it('cuts a long URL', () => {
    const flows = store();
    flows.close(printed(record('a', { url: `http://h/${'x'.repeat(8000)}` })));
    expect(flows.page().flows[0]?.url).toHaveLength(512);
  });
});
