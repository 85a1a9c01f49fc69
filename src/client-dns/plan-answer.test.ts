import { describe, expect, it } from 'vitest';
import { planAnswer } from './plan-answer.ts';

const resolved = ['db.example.com', '*.corp.example'];
const plan = (answer: 'refuse' | 'forward' | 'redirect', name: string, type = 'A') =>
  planAnswer({ name, type, addressType: 'A' }, { answer, resolved });

describe('planAnswer', () => {
  it.each([
    ['db.example.com', 'forward'],
    ['x.db.example.com', 'refuse'],
    ['a.b.corp.example', 'forward'],
    // A wildcard does not match the domain itself, which exists.
    ['corp.example', 'empty'],
    ['example.com', 'empty'],
    ['com', 'empty'],
    ['evilcorp.example', 'refuse'],
    ['evil.test', 'refuse'],
  ] as const)('refuses names: %s is answered by %s', (name, expected) => {
    expect(plan('refuse', name)).toBe(expected);
  });

  it('forwards every name in observe mode', () => {
    expect(plan('forward', 'evil.test', 'TXT')).toBe('forward');
  });

  it('gives an address of the family of the client where transparent mode redirects, and nothing else', () => {
    expect(plan('redirect', 'evil.test', 'A')).toBe('redirect');
    expect(plan('redirect', 'evil.test', 'AAAA')).toBe('empty');
    expect(plan('redirect', 'data.evil.test', 'TXT')).toBe('empty');
    expect(plan('redirect', 'db.example.com', 'A')).toBe('forward');
  });
});
