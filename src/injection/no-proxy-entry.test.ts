import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noProxyInputs } from './no-proxy.fixture.ts';
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
  it('has only entries that every client parses, whatever the cluster and its users write', () => {
    fc.assert(
      fc.property(noProxyInputs, (each) => {
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
