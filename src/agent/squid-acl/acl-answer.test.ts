import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiLine, formatAclAnswer } from './acl-answer.ts';

describe('formatAclAnswer', () => {
  it('leaves out what is empty: Squid would take the next key for its value', () => {
    expect(formatAclAnswer('3', { verdict: 'allow', rule: '', owner: undefined, id: 'a' })).toBe(
      '3 OK verdict_=allow id_=a',
    );
  });

  it('encodes what Squid would read as more than a word', () => {
    expect(formatAclAnswer('3', { message: `a "b" 'c'\n100%` })).toBe(
      '3 OK message=a%20%22b%22%20%27c%27%0A100%25',
    );
  });

  it('keeps any text in one word that decodes to it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const line = formatAclAnswer('3', { message: text, id: 'x' });
        const [, value] = /^3 OK message=([\x21-\x7e]+) id_=x$/.exec(line) ?? [];
        expect(decodeURIComponent(value ?? '')).toBe(text.toWellFormed());
      }),
    );
  });
});

describe('asciiLine', () => {
  it('is printable ASCII on one line', () => {
    expect(asciiLine('a\r\nb é \u{1f600}')).toBe('a??b ? ?');
  });
});
