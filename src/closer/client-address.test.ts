import { describe, expect, test } from 'vitest';
import { parseClientAddress, parseClientAddresses, ssArguments } from './client-address.ts';

describe('parseClientEnd', () => {
  test.each([
    ['10.244.1.7 41234', { address: '10.244.1.7', port: 41234 }],
    ['fd00::7 1', { address: 'fd00::7', port: 1 }],
    ['10.244.1.7', undefined],
    ['10.244.1.7 0', undefined],
    ['10.244.1.7 65536', undefined],
    ['10.244.1.7 80 or dport = :443', undefined],
    ['10.244.1.0/24 80', undefined],
    ['* 80', undefined],
    ['fe80::1%eth0 80', undefined],
    ['', undefined],
  ])('%s', (line, expected) => {
    expect(parseClientAddress(line)).toEqual(expected);
  });
});

describe('parseClientEnds', () => {
  test.each([
    ['10.0.0.1 1,fd00::7 2', 2],
    ['10.0.0.1 1', 1],
    ['10.0.0.1 1,', undefined],
    ['10.0.0.1 1,nonsense', undefined],
    ['', undefined],
  ])('%s', (line, expected) => {
    expect(parseClientAddresses(line)?.length).toBe(expected);
  });
});

describe('ssArguments', () => {
  test('matches connections to our own port only', () => {
    const clients = [
      { address: '10.244.1.7', port: 41234 },
      { address: 'fd00::7', port: 2 },
    ];
    expect(ssArguments(clients, 3128).at(-1)).toBe(
      'sport = :3128 and ( ( dst 10.244.1.7 and dport = :41234 ) or ( dst [fd00::7] and dport = :2 ) )',
    );
  });
});
