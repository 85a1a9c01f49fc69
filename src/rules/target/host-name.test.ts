import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHost } from './host-name.ts';

const label = fc.stringMatching(/^[a-z\d_-]{1,8}$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

const tooLong = (length: number) => ({
  kind: 'malformed',
  fault: { reason: 'NameTooLong', message: expect.stringContaining(`the name has ${length} characters`) },
});

describe('readHost', () => {
  it('reads a plain name as the URL standard does', () => {
    fc.assert(
      fc.property(name, (text) => {
        const host = readHost(text);
        if (host.kind === 'name') expect(domainToASCII(text)).toBe(host.name);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a_b.example-1.com', { kind: 'name', name: 'a_b.example-1.com' }],
    ['A.example.com', { kind: 'name', name: 'a.example.com' }],
    ['bücher.example', { kind: 'name', name: 'xn--bcher-kva.example' }],
    ['127.1', { kind: 'address' }],
    ['a.0x7f', { kind: 'malformed' }],
    ['a.-b.example', { kind: 'malformed' }],
    ['-', { kind: 'malformed' }],
    [`${'a'.repeat(64)}.example`, { kind: 'malformed' }],
    [`${'a.'.repeat(127)}a`, { kind: 'malformed' }],
    [`${'xn--a.'.repeat(160)}com`, tooLong(963)],
    ['\u00fc'.repeat(254), tooLong(254)],
    [`${'u\u0308'.repeat(50)}.`.repeat(6), tooLong(606)],
    [
      `${`${'u\u0308'.repeat(50)}.`.repeat(3)}com`,
      { kind: 'name', name: `${`${domainToASCII('\u00fc'.repeat(50))}.`.repeat(3)}com` },
    ],
  ])('%s', (text, expected) => {
    expect(readHost(text)).toMatchObject(expected);
  });
});
