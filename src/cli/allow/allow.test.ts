import { describe, expect, it, test } from 'vitest';
import { UsageError } from '../command-line/index.ts';
import { type ExceptionRequest, planException, readException } from './index.ts';

const request: ExceptionRequest = {
  namespace: 'shop',
  targets: ['api.example.com'],
  now: Date.parse('2026-11-28T13:00:00.250Z'),
  forMs: 7_200_000,
  reason: 'incident 4711',
};

describe('readException', () => {
  test.each([
    ['api.example.com', 'api.example.com:443'],
    ['API.example.com:8443', 'api.example.com:8443'],
    ['http://api.example.com/v1?x=y', 'api.example.com:80'],
    ['*.example.com:443', '*.example.com:443'],
    ['192.0.2.0/24:443', '192.0.2.0/24:443'],
    ['192.0.2.7', '192.0.2.7:443'],
    ['2001:db8::1', '[2001:db8::1]:443'],
  ])('reads %s', (text, expected) => {
    expect(readException(text)).toBe(expected);
  });

  test.each(['', ':443', 'a..b', 'ftp://x', 'https://user@'])('refuses "%s"', (text) => {
    expect(() => readException(text)).toThrow(UsageError);
  });
});

describe('planException', () => {
  it('has an end in whole seconds, the reason, and each target once', () => {
    const targets = ['api.example.com', 'https://API.example.com/', 'b.example.com:80'];
    expect(planException({ ...request, targets })).toMatchObject({
      metadata: { namespace: 'shop', name: 'api-example-com-tp7qs0' },
      spec: {
        targets: ['api.example.com:443', 'b.example.com:80'],
        expiresAt: '2026-11-28T15:00:00Z',
        reason: 'incident 4711',
      },
    });
  });

  test.each([
    [`${'x'.repeat(60)}.example.com`, /^x{40}-tp7qs0$/],
    ['*:80', /^any-tp7qs0$/],
    ['[2001:db8::1]:443', /^2001-db8-1-tp7qs0$/],
  ])('names the rule set of %s so that the API server takes it', (target, name) => {
    expect(planException({ ...request, targets: [target] }).metadata.name).toMatch(name);
  });

  it('refuses no time at all', () => {
    expect(() => planException({ ...request, forMs: 0 })).toThrow(/spec.expiresAt/);
  });
});
