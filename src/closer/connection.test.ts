import { describe, expect, test } from 'vitest';
import { parseClientEnd, ssArguments } from './connection.ts';

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
    expect(parseClientEnd(line)).toEqual(expected);
  });
});

describe('ssArguments', () => {
  test.each([
    ['10.244.1.7', 'dst 10.244.1.7 and dport = :41234'],
    ['fd00::7', 'dst [fd00::7] and dport = :41234'],
  ])('names one connection to our port: %s', (address, expected) => {
    const filter = ssArguments({ address, port: 41234 }, 3128).at(-1);
    expect(filter).toBe(`sport = :3128 and ${expected}`);
  });
});
