import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHost } from './host-name.ts';

const label = fc.stringMatching(/^[a-z\d_-]{1,8}$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

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
  ])('%s', (text, expected) => {
    expect(readHost(text)).toMatchObject(expected);
  });
});
