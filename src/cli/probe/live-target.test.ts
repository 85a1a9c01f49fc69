import { describe, expect, it } from 'vitest';
import { type Attempt, assessLive, liveUrl } from './index.ts';

describe('liveUrl', () => {
  it.each([
    ['api.example.com', 443, 'https://api.example.com/'],
    ['api.example.com', 80, 'http://api.example.com/'],
    ['api.example.com', 8443, 'connect:http://api.example.com:8443/'],
    ['[2001:db8::1]', 5432, 'connect:http://[2001:db8::1]:5432/'],
    ['a b', 443, undefined],
    ['api.example.com/$(id)#', 443, undefined],
    ['user@api.example.com', 443, undefined],
  ])('%s:%d', (host, port, expected) => {
    expect(liveUrl({ host, port })).toBe(expected);
  });
});

describe('assessLive', () => {
  const attempt: Attempt = {
    url: 'https://a.example.com/',
    code: 0,
    connectStatus: 200,
    status: 204,
    seconds: 0.1194,
    refusal: undefined,
    error: undefined,
  };
  const refusal = 'Pod shop/web may not reach a.example.com:443 (NoMatchingRule).';
  it.each<[string, Partial<Attempt>, string, string]>([
    ['a tunnel and an answer', {}, 'passed', 'tunnel 200, status 204 in 119 ms'],
    ['a plain request', { connectStatus: 0 }, 'passed', 'status 204 in 119 ms'],
    [
      'an origin that does not speak HTTP',
      { code: 52, error: '(52) Empty reply' },
      'passed',
      'tunnel 200, then (52) Empty reply',
    ],
    ['a refusal', { code: 56, connectStatus: 403, refusal }, 'refused', refusal],
    ['a refused plain request', { connectStatus: 0, status: 403, refusal }, 'refused', refusal],
    [
      'a proxy that does not reach the origin',
      { code: 56, connectStatus: 503, error: '(56) CONNECT tunnel failed' },
      'failed',
      'tunnel 503: (56) CONNECT tunnel failed',
    ],
    ['no answer of the proxy', { code: 28, connectStatus: 0, status: 0 }, 'failed', 'curl: (28)'],
    ['a refusal with control characters', { refusal: 'no\u001b[31m' }, 'refused', 'no%1B[31m'],
  ])('%s', (_, more, outcome, message) => {
    expect(assessLive({ ...attempt, ...more }, { variables: 'http://squid:3128' })).toEqual({
      outcome,
      message,
    });
  });

  it('says why there was no attempt', () => {
    expect(assessLive(undefined, { variables: '' }).message).toBe('not tried: the pod has no HTTPS_PROXY');
    expect(assessLive({ ...attempt, code: undefined }, { variables: 'x' })).toEqual({
      outcome: 'failed',
      message: 'not tried',
    });
  });
});
