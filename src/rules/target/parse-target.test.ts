import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInAdvance, parseTarget } from './parse-target.ts';
import { formatTarget } from './target.ts';

function canonical(text: string): string {
  const parsed = parseTarget(text);
  return parsed.ok ? formatTarget(parsed.target) : `refused: ${parsed.faults.map(({ reason }) => reason)}`;
}

describe('parseTarget', () => {
  it.each([
    ['a name', 'api.example.com:443', 'api.example.com:443'],
    ['upper case', 'API.Example.COM:443', 'api.example.com:443'],
    ['a trailing dot', 'api.example.com.:443', 'api.example.com:443'],
    ['a name of other letters', 'B\u00fccher.example:443', 'xn--bcher-kva.example:443'],
    ['an underscore', '_sip.example.com:443', '_sip.example.com:443'],
    ['one label', 'localhost:80', 'localhost:80'],
    ['every name below', '*.example.org:80', '*.example.org:80'],
    ['the name and all below', '.example.org:80', '.example.org:80'],
    ['any destination', '*:80', '*:80'],
    ['an IPv4 address', '192.0.2.7:443', '192.0.2.7:443'],
    ['an IPv6 address', '[2001:DB8:0::1]:443', '[2001:db8::1]:443'],
    ['an IPv4 range', '192.0.2.0/24:443', '192.0.2.0/24:443'],
    ['an IPv4 range of one', '192.0.2.7/32:443', '192.0.2.7:443'],
    ['an IPv6 range', '[2001:db8::/32]:443', '[2001:db8::/32]:443'],
    ['an IPv6 range, prefix outside', '[2001:db8::]/32:443', '[2001:db8::/32]:443'],
    ['the longest label', `${'a'.repeat(63)}.example:1`, `${'a'.repeat(63)}.example:1`],
    ['the last port', 'a.example:65535', 'a.example:65535'],
    ['an asterisk at the start of a label', '*-files.SharePoint.com:443', '*-files.sharepoint.com:443'],
    [
      'one at its end',
      'productionresultssa*.blob.core.windows.net:443',
      'productionresultssa*.blob.core.windows.net:443',
    ],
    ['one inside', 'a*z.example.com.:443', 'a*z.example.com:443'],
    ['one as a whole label', 'api.*.example.com:443', 'api.*.example.com:443'],
    ['two labels with one', '*.dkr.ecr.*.amazonaws.com:443', '*.dkr.ecr.*.amazonaws.com:443'],
    ['two labels below', '*.*.example.com:443', '*.*.example.com:443'],
    ['another script beside one', 'a*.b\u00fccher.example:443', 'a*.xn--bcher-kva.example:443'],
  ])('accepts %s', (_, text, wanted) => {
    expect(canonical(text)).toBe(wanted);
  });

  it.each([
    ['a scheme and a path', 'https://api.example.com/v1', ['Scheme', 'Path'], 'api.example.com:443'],
    ['a scheme with its port', 'http://api.example.com:8080', ['Scheme'], 'api.example.com:8080'],
    ['user info', 'https://u:p@api.example.com', ['Scheme', 'UserInfo'], 'api.example.com:443'],
    ['a path', 'api.example.com:80/x', ['Path'], 'api.example.com:80'],
    ['no port', 'api.example.com', ['PortMissing'], 'api.example.com:443'],
    ['a port wildcard', 'api.example.com:*', ['PortWildcard'], 'api.example.com:443'],
    ['port 0', 'api.example.com:0', ['PortOutOfRange'], undefined],
    ['a port too large', 'api.example.com:65536', ['PortOutOfRange'], undefined],
    ['a port with zeros', 'api.example.com:0443', ['PortOutOfRange'], 'api.example.com:443'],
    ['a named port', 'api.example.com:https', ['PortOutOfRange'], 'api.example.com:443'],
    ['a range of ports', 'api.example.com:80-90', ['PortOutOfRange'], 'api.example.com:80'],
    ['two asterisks in a label', '*foo*.example.org:80', ['WildcardMisplaced'], '*.example.org:80'],
    [
      'what would widen to names of strangers',
      '*a*.blob.core.windows.net:443',
      ['WildcardMisplaced'],
      undefined,
    ],
    ['what would widen to a top-level domain', '*a*.com:443', ['WildcardMisplaced'], undefined],
    [
      'an asterisk beside a hyphen at the end',
      '-*.example.org:80',
      ['WildcardMisplaced'],
      '*.example.org:80',
    ],
    [
      'an asterisk in a label of another script',
      'b\u00fc*.example.org:80',
      ['WildcardMisplaced'],
      '*.example.org:80',
    ],
    ['an asterisk after a dot', '.a*.example.org:80', ['EmptyLabel'], undefined],
    ['an asterisk in an address', '192.0.*.7:80', ['NameInvalid'], undefined],
    ['an asterisk at the end of an address', '192.0.2.*:80', ['WildcardMisplaced'], undefined],
    ['an asterisk alone in a label of a name alone', 'api-*:443', ['WildcardMisplaced'], undefined],
    ['an asterisk at the end', 'example.*:443', ['WildcardMisplaced'], undefined],
    ['names below an address', '*.10.0.0.1:80', ['WildcardMisplaced'], undefined],
    ['a hexadecimal address', '0x7f.1:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['an address as one number', '2130706433:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['a short address', '127.1:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['an octal address', '0177.0.0.1:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['full-width digits', '\uff11\uff12\uff17.0.0.1:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['an address with a trailing dot', '127.0.0.1.:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['a mapped address', '[::ffff:7f00:1]:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['a mapped address without brackets', '::ffff:7f00:1:80', ['AddressSpelling'], '127.0.0.1:80'],
    ['a mapped range', '[::ffff:10.0.0.0/104]:80', ['AddressSpelling'], '10.0.0.0/8:80'],
    ['IPv6 without brackets', '2001:db8::1:443', ['AddressSpelling'], '[2001:db8::1]:443'],
    ['IPv4 in brackets', '[192.0.2.7]:443', ['AddressSpelling'], '192.0.2.7:443'],
    ['a zone', '[fe80::1%eth0]:443', ['AddressSpelling'], undefined],
    ['a short range', '10/8:443', ['AddressSpelling'], '10.0.0.0/8:443'],
    ['host bits', '192.0.2.7/24:443', ['CidrHostBits'], '192.0.2.0/24:443'],
    ['IPv6 host bits', '[2001:db8::1/32]:443', ['CidrHostBits'], '[2001:db8::/32]:443'],
    ['a prefix too long', '192.0.2.0/33:443', ['CidrInvalid'], undefined],
    ['a netmask', '10.0.0.0/255.0.0.0:443', ['CidrInvalid'], '10.0.0.0/8:443'],
    ['an address out of range', '1.2.3.256:80', ['NameInvalid'], undefined],
    ['an empty label', 'api..example.com:443', ['EmptyLabel'], undefined],
    ['nothing after the asterisk', '*.:443', ['EmptyLabel'], undefined],
    ['a long label', `${'a'.repeat(64)}.example:443`, ['LabelTooLong'], undefined],
    ['a long name', `${'a.'.repeat(127)}example:443`, ['NameTooLong'], undefined],
    ['a very long text', 'a'.repeat(5000), ['NameTooLong'], undefined],
    ['a hyphen in front', '-api.example.com:443', ['NameInvalid'], undefined],
    ['an exclamation mark', 'a!b.example.com:443', ['NameInvalid'], undefined],
    ['percent encoding', 'a%2eb.example.com:443', ['NameInvalid'], undefined],
    ['white space around', ' api.example.com: 443 ', ['Whitespace'], 'api.example.com:443'],
    ['white space inside', 'a.example b.example:443', ['Whitespace'], undefined],
    ['a control character', 'api.example.com\u0007:443', ['ControlCharacter'], 'api.example.com:443'],
    ['an invisible character', 'api\u200b.example.com:443', ['ControlCharacter'], 'api.example.com:443'],
    ['nothing', '', ['Required'], undefined],
    ['no host', ':443', ['Required'], undefined],
    [
      'two faults together',
      'https://api.*a*.example.com:*',
      ['Scheme', 'WildcardMisplaced', 'PortWildcard'],
      '*.example.com:443',
    ],
  ])('refuses %s', (_, text, reasons, suggestion) => {
    const parsed = parseTarget(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.faults.map(({ reason }) => reason)).toEqual(reasons);
    expect(parsed.faults.map((fault) => fault.suggestion)).toEqual(reasons.map(() => suggestion));
  });

  const pieces = fc.constantFrom(
    ...[
      'a',
      'example',
      'org',
      '.',
      ':',
      '443',
      '*',
      '/',
      '8',
      '[',
      ']',
      '::',
      '10',
      '0x7f',
      '@',
      'https://',
      '%',
      '-',
      ' ',
      '\u00e4',
    ],
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 9 }).map((list) => list.join('')),
  );

  it('gives the same result by the fast path and by the full one, which capitals need', () => {
    const plain = fc.stringMatching(/^[a-z\d_.-]{1,20}\.[a-z]{1,5}:\d{1,5}$/);
    fc.assert(
      fc.property(plain, (text) => {
        expect(canonical(text.toUpperCase())).toBe(canonical(text));
      }),
    );
  });

  it('gives a canonical text that parses to itself, and so is every suggestion', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseTarget(text);
        const said = parsed.ok
          ? [formatTarget(parsed.target)]
          : parsed.faults.flatMap(({ suggestion }) => suggestion ?? []);
        for (const one of said) expect(canonical(one)).toBe(one);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('parseInAdvance', () => {
  it('changes no answer, however many texts were read, and skips what is no text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.domain().map((name) => `${name}:443`),
            fc.integer(),
          ),
        ),
        (given) => {
          const some = given.filter((one) => typeof one === 'string');
          const before = some.map(parseTarget);
          expect([...parseInAdvance(given)].length).toBeLessThanOrEqual(some.length);
          expect(some.map(parseTarget)).toEqual(before);
        },
      ),
    );
    for (const _ of parseInAdvance(
      Array.from({ length: 10_000 }, (_, index) => `b\u00fc${index}.example:443`),
    ));
    expect(canonical('b\u00fc0.example:443')).toBe('xn--b0-xka.example:443');
  });

  it('yields after each target that takes long, and for no other', () => {
    const plain = Array.from({ length: 1000 }, (_, index) => `a${index}.example:443`);
    expect([...parseInAdvance(plain)]).toHaveLength(0);
    expect([...parseInAdvance(['\u00e4.first.example:443', '[2001:db8::1:2]:443'])]).toHaveLength(2);
  });
});
