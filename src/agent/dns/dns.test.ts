import { type DecodedPacket, decode, encode, type Packet, type RecordType } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { readNameservers } from '../../dns/index.ts';
import { systemClock } from '../../time/index.ts';
import { answerQuery, type QueryContext } from './answer-query.ts';
import { NameCache } from './name-cache.ts';
import { type Lookup, rcodeOf, readLookup } from './records.ts';
import { ResolvableNames } from './resolvable-names.ts';

const wire = (packet: Packet): DecodedPacket => decode(encode(packet));
const response = (answers: Packet['answers'], rcode = 0) =>
  wire({ type: 'response', flags: rcode, answers: answers ?? [] });

describe('readLookup', () => {
  const a = (name: string, data: string, ttl = 60) => ({ type: 'A' as const, name, data, ttl });
  const cname = (name: string, data: string, ttl = 60) => ({ type: 'CNAME' as const, name, data, ttl });
  const cases: [string, DecodedPacket, Lookup][] = [
    [
      'addresses',
      response([a('h.example', '192.0.2.1'), a('H.example', '192.0.2.2', 30)]),
      found(['192.0.2.1', '192.0.2.2'], 30),
    ],
    [
      'after aliases',
      response([
        cname('h.example', 'b.example', 20),
        cname('b.example', 'c.example'),
        a('c.example', '192.0.2.1'),
      ]),
      found(['192.0.2.1'], 20),
    ],
    [
      'in any order',
      response([a('c.example', '192.0.2.1'), cname('h.example', 'c.example')]),
      found(['192.0.2.1'], 60),
    ],
    ['a record of another name', response([a('evil.example', '192.0.2.1')]), found([], 5)],
    [
      'aliases in a circle',
      response([cname('h.example', 'b.example', 2), cname('b.example', 'h.example')]),
      found([], 2),
    ],
    ['none of the family', response([]), found([], 5)],
    ['no such name', response([], 3), { rcode: 'NXDOMAIN', addresses: [], ttlSeconds: 5 }],
    ['a failure', response([], 2), { rcode: 'SERVFAIL', addresses: [], ttlSeconds: 0 }],
    ['a refusal', response([], 5), { rcode: 'SERVFAIL', addresses: [], ttlSeconds: 0 }],
  ];
  it.each(cases)('%s', (_, packet, expected) => {
    expect(readLookup(packet, 'h.example', 'A')).toEqual(expected);
  });
});

function found(addresses: string[], ttlSeconds: number): Lookup {
  return { rcode: 'NOERROR', addresses, ttlSeconds };
}

describe('answerQuery', () => {
  const lookups: string[] = [];
  const context: QueryContext = {
    access: (name) =>
      name === 'parent.example' ? 'all' : name.endsWith('ok.example') ? 'filtered' : 'refused',
    lookup: (name, family) => {
      lookups.push(`${family} ${name}`);
      return { lookup: found(['192.0.2.1', '10.0.0.1'], 60), expiresAt: 9999 };
    },
    order: (addresses) => addresses,
    isForbidden: (address) => address.startsWith('10.'),
    now: () => 0,
    onFiltered: () => {},
  };
  const ask = async (name: string, type: RecordType = 'A') => {
    lookups.length = 0;
    const query = wire({ type: 'query', id: 7, questions: [{ type, name }] });
    const packet = wire(await answerQuery(query, context));
    const answers = (packet.answers ?? []).map((record) =>
      'data' in record ? `${record.name} ${record.data}` : '',
    );
    return { rcode: rcodeOf(packet), answers, id: packet.id };
  };

  it('removes forbidden addresses', async () => {
    expect(await ask('ok.example')).toEqual({ rcode: 'NOERROR', answers: ['ok.example 192.0.2.1'], id: 7 });
  });
  it('returns all addresses of a parent', async () => {
    expect((await ask('parent.example')).answers).toHaveLength(2);
  });
  it('looks up no name that was not allowed', async () => {
    expect(await ask('data.of.mine.evil.example')).toEqual({ rcode: 'REFUSED', answers: [], id: 7 });
    expect(lookups).toEqual([]);
  });
  it('looks up nothing but addresses', async () => {
    expect(await ask('ok.example', 'TXT')).toEqual({ rcode: 'NOERROR', answers: [], id: 7 });
    expect(lookups).toEqual([]);
  });
  it('compares names in lower case, punycode and without the last dot', async () => {
    expect((await ask('BÜCHER.ok.example')).answers).toHaveLength(1);
    expect(lookups).toEqual(['A xn--bcher-kva.ok.example']);
  });
});

describe('NameCache', () => {
  function setUp(ttlSeconds: number) {
    const time = { now: 0, lookups: 0 };
    const cache = new NameCache({
      lookup: async () => found([`192.0.2.${++time.lookups}`], ttlSeconds),
      clock: { ...systemClock, monotonic: () => time.now },
    });
    const get = async (freshMs = 0) => (await cache.get('h.example', 'A', { freshMs })).lookup.addresses[0];
    return { time, get };
  }
  it('pins an answer for five seconds, however short its TTL', async () => {
    const { time, get } = setUp(0);
    const first = await get();
    time.now = 4999;
    expect(await get()).toBe(first);
    time.now = 5000;
    expect(await get()).not.toBe(first);
  });
  it('caches nothing for longer than five minutes', async () => {
    const { time, get } = setUp(86_400);
    await get();
    time.now = 300_000;
    expect(await get()).toBe('192.0.2.2');
  });
  it('looks up again what expires too soon', async () => {
    const { time, get } = setUp(10);
    await get();
    time.now = 8000;
    expect([await get(), await get(3000), await get()]).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.2']);
  });
  it('notifies when it evicts a valid entry', async () => {
    const time = { now: 0, evicted: 0 };
    const cache = new NameCache({
      lookup: async () => found(['192.0.2.1'], 10),
      onEvicted: () => {
        time.evicted += 1;
      },
      clock: { ...systemClock, monotonic: () => time.now },
      capacity: 2,
    });
    for (const name of ['a', 'b', 'c']) await cache.get(name, 'A');
    expect(time.evicted).toBe(1);
    time.now = 10_000;
    await cache.get('d', 'A');
    expect(time.evicted).toBe(1);
  });
  it('keeps the names of one owner, however many names another one looks up', async () => {
    const asked: string[] = [];
    const cache = new NameCache({
      lookup: async (name) => {
        asked.push(name);
        return found(['192.0.2.1'], 60);
      },
      clock: { ...systemClock, monotonic: () => 0 },
      capacity: 100,
    });
    await cache.get('api.shop.example', 'A', { owner: 'shop' });
    for (let index = 0; index < 1000; index += 1)
      await cache.get(`n${index}.hostile.example`, 'A', { owner: 'hostile' });
    expect(cache.cached('api.shop.example', 'A', 0)?.lookup.addresses).toEqual(['192.0.2.1']);
    expect(asked).toHaveLength(1001);
  });
  it('makes one look-up for concurrent callers', async () => {
    const { time, get } = setUp(10);
    await Promise.all([get(), get(), get()]);
    expect(time.lookups).toBe(1);
  });
});

describe('ResolvableNames', () => {
  it('forgets after five minutes', () => {
    const time = { now: 0 };
    const names = new ResolvableNames({ ...systemClock, monotonic: () => time.now });
    names.allow('h.example');
    expect([names.has('h.example'), names.has('other.example')]).toEqual([true, false]);
    time.now = 300_000;
    expect(names.has('h.example')).toBe(false);
  });
});

describe('readNameservers', () => {
  it('takes addresses and nothing else', () => {
    const text =
      'search a.b c.d\nnameserver 10.96.0.10\n nameserver fd00::a\nnameserver dns.example\n# nameserver 1.1.1.1\n';
    expect(readNameservers(text)).toEqual([
      { address: '10.96.0.10', port: 53 },
      { address: 'fd00::a', port: 53 },
    ]);
  });
});
