import { describe, expect, it } from 'vitest';
import { type ParsedRoute, parseRoute } from './parse-route.ts';

describe('parseRoute', () => {
  const all = { after: undefined, limit: undefined, namespaces: [], id: undefined };
  const cases: [string, ParsedRoute][] = [
    ['/v1/generations', { kind: 'generations' }],
    ['/v1/probe-caller?port=8080', { kind: 'probeCaller', port: 8080 }],
    [
      '/v1/probe-caller?port=0',
      { kind: 'invalid', message: 'expected ?port= with 1-65535 and no other parameter' },
    ],
    [
      '/v1/probe-caller?port=70000',
      { kind: 'invalid', message: 'expected ?port= with 1-65535 and no other parameter' },
    ],
    ['/v1/flows', { kind: 'flows', query: all }],
    ['/v1/flows?after=7&limit=10', { kind: 'flows', query: { ...all, after: 7, limit: 10 } }],
    ['/v1/flows?namespace=a&namespace=b', { kind: 'flows', query: { ...all, namespaces: ['a', 'b'] } }],
    ['/v1/flows?id=3f-1', { kind: 'flows', query: { ...all, id: '3f-1' } }],
    ['/v1/flows?after=-1', { kind: 'invalid', message: 'after: expected a whole number' }],
    ['/v1/flows?limit=1e3', { kind: 'invalid', message: 'limit: expected a whole number' }],
    ['/v1/activity', { kind: 'activity', namespaces: undefined }],
    ['/v1/activity?namespace=a', { kind: 'activity', namespaces: ['a'] }],
    ['/v1/activity?namespace=', { kind: 'activity', namespaces: [''] }],
    ['/', { kind: 'unknown' }],
    ['//[', { kind: 'unknown' }],
  ];
  it.each(cases)('%s', (url, expected) => {
    expect(parseRoute(url)).toEqual(expected);
  });
});
