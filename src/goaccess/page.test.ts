import { describe, expect, it } from 'vitest';
import { isCrossOrigin, isValidHost, setWebSocketHost } from './page.ts';

describe('pointToHost', () => {
  const html = '<script>var connection = {"url": "","port": 7891,"ping_interval": 0}</script>';

  it.each([
    ['localhost:17890', 'localhost:17890/ws'],
    ['203.0.113.7:30789', '203.0.113.7:30789/ws'],
    ['[2001:db8::1]:7890', '[2001:db8::1]:7890/ws'],
    ['goaccess.example', 'goaccess.example:80/ws'],
  ])('%s', (host, url) => {
    const [, connection = ''] = /var connection = (.*)<\/script>/.exec(setWebSocketHost(html, host)) ?? [];
    expect(JSON.parse(connection)).toMatchObject({ url });
  });
});

describe('isHost', () => {
  it.each(['localhost', 'a.b-c:80', '[::1]:7890', '10.0.0.1:1'])('%s is valid', (host) => {
    expect(isValidHost(host)).toBe(true);
  });
  it.each(['', 'a b', '"};alert(1)//', 'a/b', '</script>', 'a:b'])('%j is invalid', (host) => {
    expect(isValidHost(host)).toBe(false);
  });
});

describe('isForeign', () => {
  it.each([
    [undefined, 'localhost:7890', false],
    ['http://localhost:7890', 'localhost:7890', false],
    ['http://evil.test', 'localhost:7890', true],
    ['http://localhost:8080', 'localhost:7890', true],
    ['null', 'localhost:7890', true],
  ])('%s at %s: %s', (origin, host, foreign) => {
    expect(isCrossOrigin(origin, host)).toBe(foreign);
  });
});
