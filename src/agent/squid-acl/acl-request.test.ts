import { describe, expect, it } from 'vitest';
import { parseAclRequest } from './acl-request.ts';

describe('parseAclRequest', () => {
  const read = (line: string) => {
    const request = parseAclRequest(line);
    if (request === undefined) return undefined;
    const { channel, source, method, scheme, host, port, asksUpgrade } = request;
    return [channel, source, method, scheme, host, port, ...(asksUpgrade ? ['upgrade'] : [])];
  };
  // As Squid writes them.
  const cases: [string, string, unknown][] = [
    [
      'CONNECT',
      '0 10.0.0.7 47238 CONNECT - h.example 443 -',
      ['0', '10.0.0.7', 'CONNECT', undefined, 'h.example', '443'],
    ],
    [
      'plain HTTP',
      '17 10.0.0.7 4 GET http h.example 80 -',
      ['17', '10.0.0.7', 'GET', 'http', 'h.example', '80'],
    ],
    [
      'IPv6 literal',
      '1 10.0.0.7 4 CONNECT - %5B2001:db8::5%5D 443 -',
      ['1', '10.0.0.7', 'CONNECT', undefined, '%5B2001:db8::5%5D', '443'],
    ],
    [
      'IPv6 client',
      '1 %5Bfd00::7%5D 4 CONNECT - h 443 -',
      ['1', 'fd00::7', 'CONNECT', undefined, 'h', '443'],
    ],
    [
      'mapped client',
      '1 ::ffff:10.0.0.7 4 CONNECT - h 443 -',
      ['1', '10.0.0.7', 'CONNECT', undefined, 'h', '443'],
    ],
    [
      'non-ASCII host',
      '1 10.0.0.7 4 CONNECT - b%C3%BCcher.example 443 -',
      ['1', '10.0.0.7', 'CONNECT', undefined, 'b%C3%BCcher.example', '443'],
    ],
    [
      'bytes that are no UTF-8',
      '1 10.0.0.7 4 CONNECT - b%FFcher 443 -',
      ['1', '10.0.0.7', 'CONNECT', undefined, 'b%FFcher', '443'],
    ],
    [
      'encoded space',
      '1 10.0.0.7 4 CONNECT - a%20b 443 -',
      ['1', '10.0.0.7', 'CONNECT', undefined, 'a%20b', '443'],
    ],
    [
      'upgrade',
      '1 10.0.0.7 4 GET http h.example 80 websocket -',
      ['1', '10.0.0.7', 'GET', 'http', 'h.example', '80', 'upgrade'],
    ],
    [
      'no upgrade, as Squid with an older squid.conf writes it',
      '1 10.0.0.7 4 GET http h.example 80 -',
      ['1', '10.0.0.7', 'GET', 'http', 'h.example', '80'],
    ],
    ['too few fields', '1 10.0.0.7 4 CONNECT', undefined],
    ['no channel', '10.0.0.7 4 CONNECT - h 443 -', undefined],
    ['nothing', '', undefined],
  ];
  it.each(cases)('%s', (_, line, expected) => {
    expect(read(line)).toEqual(expected);
  });

  const key = (line: string) => parseAclRequest(line)?.requestKey;
  const line = '1 10.0.0.7 4 GET http h.example 80 - -';

  it('has the same key for each connection of a client', () => {
    expect(key(line.replace('1 10.0.0.7 4 ', '2 10.0.0.7 5 '))).toBe(key(line));
  });

  it.each([
    ['client', '1 10.0.0.8 4 GET http h.example 80 - -'],
    ['method', '1 10.0.0.7 4 PUT http h.example 80 - -'],
    ['port', '1 10.0.0.7 4 GET http h.example 8080 - -'],
    ['upgrade', '1 10.0.0.7 4 GET http h.example 80 websocket -'],
  ])('has a key of its own for each %s', (_, other) => {
    expect(key(other)).not.toBe(key(line));
  });
});
