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
});
