import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeNoProxy } from './no-proxy.ts';
import { type EntryForm, formOfEntry, lowerCaseNoProxy, normaliseEntry } from './no-proxy-entry.ts';

describe('formOfEntry', () => {
  it.each<[string, EntryForm | undefined]>([
    ['api', 'name'],
    ['api.example.com', 'name'],
    ['_srv.a_b.example', 'name'],
    ['.svc', 'suffix'],
    ['api.internal:443', 'port'],
    ['.internal:443', 'port'],
    ['192.0.2.7:80', 'port'],
    ['192.0.2.7', 'ipv4'],
    ['10.0.0.0/8', 'ipv4Range'],
    ['::1', 'ipv6'],
    ['::ffff:192.0.2.7', 'ipv6'],
    ['fd00::/8', 'ipv6Range'],
    ['::1/128', 'ipv6Range'],
    ['', undefined],
    ['.', undefined],
    ['a..b', undefined],
    ['-a', undefined],
    ['a*b', undefined],
    ['a:', undefined],
    ['a:0', undefined],
    ['a:b', undefined],
    ['fd00::1:443x', undefined],
    ['fe80::1%eth0', undefined],
    ['10.0.0.0/', undefined],
    ['10.0.0.0/08', undefined],
    ['10.0.0.0/8/8', undefined],
    ['10.0.0/8', undefined],
    ['fd00::/129', undefined],
    ['127.1', undefined],
    ['0x7f.1', undefined],
    ['[::1]', undefined],
    ['a/b', undefined],
  ])('%s: %s', (entry, form) => {
    expect(formOfEntry(entry)).toBe(form);
  });
});

describe('normaliseEntry', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'*.[]:/a1 ') }), (raw) => {
        const entry = normaliseEntry(raw);
        fc.pre(entry !== '' && formOfEntry(entry) !== undefined);
        expect(normaliseEntry(entry)).toBe(entry);
      }),
    );
  });
});

/** Written apart from the product's grammar: what httpx, the strictest parser of the matrix, makes of an entry. */
function httpxParses(entry: string): boolean {
  const [address = ''] = entry.split('/');
  if (isIP(address) === 4) return true;
  if (isIP(address) === 6) return !entry.includes('/');
  if (/[^a-z0-9._:-]/.test(entry)) return false;
  const [, port] = entry.split(/:(.*)/s);
  return port === undefined || (/^\d+$/.test(port) && Number(port) < 65_536);
}

describe('lowerCaseNoProxy', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  const range = fc
    .oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })),
    )
    .map(([network, bits]) => `${network}/${bits}`);
  const text = fc.string({ unit: fc.constantFrom(...'ab.:/*[]-_0129f% $()') });
  const extra = fc.oneof(
    text,
    address,
    range,
    fc.domain(),
    fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, port]) => `${name}:${port}`),
    range.map((each) => each.replace(/^(.*)\//, '[$1]/')),
    fc.ipV6().map((each) => `[${each}]:443`),
  );
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
  const input = fc.record({
    discovered: fc.record({
      podCIDRs: fc.array(fc.oneof(range, text), { maxLength: 5 }),
      serviceCIDRs: fc.array(range, { maxLength: 3 }),
      apiServerClusterIPs: fc.array(address, { maxLength: 2 }),
      clusterDomain: fc.oneof(fc.domain(), text),
    }),
    proxyExtras: fc.array(extra, { maxLength: 10 }),
    annotations: fc.array(
      fc.array(extra, { maxLength: 10 }).map((each) => each.join(',')),
      { maxLength: 2 },
    ),
    peers: fc.array(
      fc.oneof(
        label,
        fc.tuple(label, label).map((each) => each.join('.')),
      ),
      { maxLength: 3 },
    ),
    serviceNames: fc.array(label, { maxLength: 10 }),
    headlessNames: fc.array(label, { maxLength: 3 }),
    namespaceNames: fc.array(label, { maxLength: 10 }),
    needed: fc.array(fc.oneof(label, fc.constant('*')), { maxLength: 3 }).map((each) => new Set(each)),
  });

  it('has only entries that every client parses, whatever the cluster and its users write', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { value } = computeNoProxy(each);
        const lower = lowerCaseNoProxy(value).split(',');
        expect(lower.filter((entry) => !httpxParses(entry))).toEqual([]);
        const isIPv6Range = (entry: string) => /:.*\//.test(entry);
        expect(value.split(',').filter((entry) => !isIPv6Range(entry))).toEqual(lower);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps each IPv6 address and leaves the ranges out', () => {
    expect(lowerCaseNoProxy('.svc,10.0.0.0/8,::1,fd00::/8,fd00::1,localhost')).toBe(
      '.svc,10.0.0.0/8,::1,fd00::1,localhost',
    );
  });
});
