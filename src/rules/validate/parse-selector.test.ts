import { describe, expect, it } from 'vitest';
import { matchesSelector } from './label-selector.ts';
import { parseSelector } from './parse-selector.ts';

describe('parseSelector', () => {
  it.each([
    ['app=api', { app: 'api' }, true],
    ['app==api', { app: 'api' }, true],
    ['app=api', { app: 'web' }, false],
    ['app=api', {}, false],
    ['app!=api', { app: 'web' }, true],
    ['app!=api', {}, true],
    ['tier in (a, b)', { tier: 'b' }, true],
    ['tier in (a,b)', { tier: 'c' }, false],
    ['tier notin (a,b)', { tier: 'c' }, true],
    ['tier notin (a,b)', {}, true],
    ['app', { app: '' }, true],
    ['app', {}, false],
    ['!app', {}, true],
    ['! app', { app: 'api' }, false],
    ['app=', { app: '' }, true],
    ['app=api,tier in (a,b),!x', { app: 'api', tier: 'a' }, true],
    ['app=api,tier in (a,b),!x', { app: 'api', tier: 'a', x: '' }, false],
    ['app=a,app=b', { app: 'a' }, false],
    ['example.com/app=api', { 'example.com/app': 'api' }, true],
    ['constructor', {}, false],
    ['', { anything: 'at all' }, true],
  ])('%s against %j: %s', (text, labels, wanted) => {
    const parsed = parseSelector(text);
    expect(parsed.ok && matchesSelector(parsed.selector, labels)).toBe(wanted);
  });

  it.each([
    'a b',
    'a>1',
    'a in b',
    'a in (b',
    '=a',
    'a=b=c',
    'a,,b',
    '-a=b',
    'a=b!',
    `a=${'x'.repeat(64)}`,
    'a/b/c',
  ])('refuses %s', (text) => {
    expect(parseSelector(text)).toMatchObject({ ok: false, fault: { reason: 'SelectorInvalid' } });
  });

  it.each([
    ['33 requirements', Array.from({ length: 33 }, (_, index) => `k${index}`).join(',')],
    ['1,001 values', `tier in (${Array.from({ length: 1001 }, (_, index) => `v${index}`).join(',')})`],
    ['an annotation full of commas', ','.repeat(256 * 1024)],
    ['an annotation full of open parentheses', '(,'.repeat(128 * 1024)],
  ])('refuses %s without looking at each of them', (_, text) => {
    expect(parseSelector(text)).toMatchObject({ ok: false, fault: { reason: 'TooMany' } });
  });

  it('accepts 32 requirements, and 1,000 values', () => {
    const keys = Array.from({ length: 32 }, (_, index) => `k${index}`).join(',');
    const values = Array.from({ length: 1000 }, (_, index) => `v${index}`).join(',');
    expect(parseSelector(keys).ok).toBe(true);
    expect(parseSelector(`tier notin (${values})`).ok).toBe(true);
  });
});
