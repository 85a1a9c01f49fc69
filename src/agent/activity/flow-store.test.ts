import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../api/index.ts';
import type { Tunnel } from '../tunnels/index.ts';
import { FlowStore } from './flow-store.ts';

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
const store = (capacity = 100) => new FlowStore({ instance: 'i', pod: 'squid-0', now: () => NOW, capacity });
const seen = (page: ReturnType<FlowStore['page']>) => page.flows.map(({ id, state }) => `${id} ${state}`);

describe('FlowStore', () => {
  it('tells a tunnel while it is open, and once more when it closes', () => {
    const flows = store();
    flows.tell(tunnel('a'));
    const first = flows.page();
    expect(first.flows).toMatchObject([{ id: 'a', state: 'open', seq: 1, durationMs: 1000 }]);
    flows.close(printed(record('a')));
    const next = flows.page({ after: first.next });
    expect(next.flows).toMatchObject([{ id: 'a', state: 'closed', seq: 2, durationMs: 3 }]);
    expect(seen(flows.page())).toEqual(['a closed']);
  });

  it('tells a revoked tunnel again, under a new seq', () => {
    const flows = store();
    flows.tell(tunnel('a'));
    const { next } = flows.page();
    flows.tell(tunnel('a', { revoked: true }));
    expect(flows.page({ after: next }).flows).toMatchObject([{ id: 'a', state: 'open', revoked: true }]);
  });

  it('keeps what is open however much is closed meanwhile, and says what it forgot', () => {
    const flows = store(2);
    flows.tell(tunnel('a'));
    for (const id of ['b', 'c', 'd', 'e']) flows.close(printed(record(id)));
    expect(seen(flows.page())).toEqual(['a open', 'd closed', 'e closed']);
    expect(flows.page({ after: 1 }).dropped).toBe(2);
    expect(flows.page({ after: 2 }).dropped).toBe(1);
    expect(flows.page({ after: 3 }).dropped).toBe(0);
    expect(flows.page().dropped).toBe(0);
  });

  it('gives the newest at first, and then page by page without a gap', () => {
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

  it('shows at first also what has been open for long', () => {
    const flows = store();
    flows.tell(tunnel('t'));
    for (const id of ['a', 'b', 'c']) flows.close(printed(record(id)));
    expect(seen(flows.page({ limit: 2 }))).toEqual(['t open', 'b closed', 'c closed']);
  });

  it.each([
    ['one namespace', { namespaces: ['my-app'] }, ['a closed', 't open']],
    ['several', { namespaces: ['my-app', 'other'] }, ['a closed', 'b closed', 't open']],
    ['clients that are no pods', { namespaces: [''] }, ['c closed']],
    ['an id', { id: 'b' }, ['b closed']],
    ['an id that nobody has', { id: 'x' }, []],
  ])('filters by %s', (_, query, expected) => {
    const flows = store();
    const { namespace: _none, ...noPod } = record('c');
    for (const one of [record('a'), record('b', { namespace: 'other' }), noPod])
      flows.close(printed(one as AuditRecord));
    flows.tell(tunnel('t'));
    const page = flows.page(query);
    expect(seen(page)).toEqual(expected);
    // What was filtered out is not asked for again.
    expect(page.next).toBe(4);
  });

  it('cuts a long URL', () => {
    const flows = store();
    flows.close(printed(record('a', { url: `http://h/${'x'.repeat(8000)}` })));
    expect(flows.page().flows[0]?.url).toHaveLength(512);
  });
});
