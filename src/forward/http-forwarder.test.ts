import { describe, expect, test } from 'vitest';
import { nameInHost } from './http-forwarder.ts';

describe('nameInHost', () => {
  test.each([
    ['api.example.com', 'api.example.com'],
    ['api.example.com:80', 'api.example.com'],
    ['API.Example.com:8080', 'API.Example.com'],
    ['192.0.2.7', '192.0.2.7'],
    ['[2001:db8::7]:80', '[2001:db8::7]'],
    ['', undefined],
    [undefined, undefined],
    ['a b', undefined],
    ['user@api.example.com', undefined],
    ['api.example.com/path', undefined],
    ['2001:db8::7', undefined],
  ])('%s', (host, name) => {
    expect(nameInHost(host)).toBe(name);
  });
});
