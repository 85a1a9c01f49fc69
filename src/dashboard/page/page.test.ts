import { describe, expect, it } from 'vitest';
import { cutMiddle, formatAgo, formatBytes, formatDuration, plural, splitForCut } from './format.ts';
import { formatRoute, type PageRoute, parseRoute } from './route.ts';

describe('parseRoute', () => {
  it.each<[string, PageRoute]>([
    ['', { view: 'overview' }],
    ['#/', { view: 'overview' }],
    ['#/nowhere', { view: 'overview' }],
    ['#/map', { view: 'map' }],
    ['#/proxies', { view: 'proxies' }],
    ['#/namespaces/shop', { view: 'namespace', name: 'shop' }],
    ['#/namespaces/', { view: 'overview' }],
    ['#/flows', { view: 'flows', filter: {} }],
    ['#/flows?id=7f3a', { view: 'flows', filter: {}, id: '7f3a' }],
    [
      '#/flows?namespace=shop&target=a.example.com%3A443&outcome=refused',
      { view: 'flows', filter: { namespace: 'shop', target: 'a.example.com:443', outcome: 'refused' } },
    ],
    ['#/namespaces/%E0%A4%A', { view: 'namespace', name: '%E0%A4%A' }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it.each<PageRoute>([
    { view: 'overview' },
    { view: 'map' },
    { view: 'namespace', name: 'shop' },
    { view: 'flows', filter: { pod: 'a&b=c#d', outcome: 'open' }, id: 'x y' },
  ])('parses what formatRoute writes: %o', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });
});

describe('format', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  it.each([
    ['2026-01-02T00:00:00Z', 'just now'],
    ['2026-01-02T00:01:00Z', 'just now'],
    ['2026-01-01T23:59:30Z', '30 s ago'],
    ['2026-01-01T23:57:01Z', '2 min ago'],
    ['2026-01-01T19:00:00Z', '5 h ago'],
    ['2026-01-01T00:00:00Z', '1 day ago'],
    ['2025-12-01T00:00:00Z', '32 days ago'],
  ])('formatAgo %s', (then, text) => {
    expect(formatAgo(then, now)).toBe(text);
  });
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234, '1.2 kB'],
    [123_456, '123 kB'],
    [5e15, '5000 TB'],
  ])('formatBytes %d', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
  it.each([
    [0, '0 ms'],
    [1_500, '1.5 s'],
    [90_000, '1.5 min'],
  ])('formatDuration %d', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
  it.each([
    [0, '0 pods'],
    [1, '1 pod'],
    [12_345, '12,345 pods'],
  ])('plural %d', (count, text) => {
    expect(plural(count, 'pod')).toBe(text);
  });
  it.each([
    ['a:443', '', 'a:443'],
    ['mydependency2.example.com:443', 'mydependency2.exa', 'mple.com:443'],
    ['[2001:db8::1]:65535', '[2001:d', 'b8::1]:65535'],
    ['', '', ''],
  ])('splitForCut keeps the port of %s', (target, start, end) => {
    expect(splitForCut(target)).toEqual({ start, end });
  });
  it.each([
    ['short', 5, 'short'],
    ['abcdefghij', 7, 'abc\u2026hij'],
    ['abcdefghij', 6, 'abc\u2026ij'],
    ['\u{1f600}'.repeat(9), 5, '\u{1f600}\u{1f600}\u2026\u{1f600}\u{1f600}'],
  ])('cutMiddle %s to %d characters', (text, longest, cut) => {
    expect(cutMiddle(text, longest)).toBe(cut);
  });
});
