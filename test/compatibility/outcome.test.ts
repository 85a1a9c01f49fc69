import { describe, expect, test } from 'vitest';
import { columns } from './columns.ts';
import { isExpected, readOutcome } from './outcome.ts';

describe('readOutcome', () => {
  test.each([
    ['a status', 'STATUS 200\n', { kind: 'answered', status: 200 }],
    ['the last line counts', 'warning\nSTATUS 403\n', { kind: 'answered', status: 403 }],
    [
      'an error',
      'curl: (56) CONNECT tunnel failed, response 403',
      { kind: 'failed', text: 'curl: (56) CONNECT tunnel failed, response 403' },
    ],
    [
      'a gRPC call that the proxy refused',
      'UNAVAILABLE: HTTP proxy returned response code 403',
      { kind: 'failed', text: 'UNAVAILABLE: HTTP proxy returned response code 403' },
    ],
    ['nothing', '', { kind: 'failed', text: '' }],
  ])('%s', (_, printed, expected) => {
    expect(readOutcome(printed)).toEqual(expected);
  });
});

describe('isExpected', () => {
  test.each([
    ['a status below 400 is an answer', 'STATUS 200', 'answered', true],
    ['a refusal is no answer', 'STATUS 403', 'answered', false],
    ['a 403 is a refusal', 'STATUS 403', 'refused', true],
    ['a text that names 403 is a refusal', 'Tunnel connection failed: 403 Forbidden', 'refused', true],
    ['an answer is no refusal', 'STATUS 200', 'refused', false],
    ['a timeout is no refusal', 'timed out', 'refused', false],
  ] as const)('%s', (_, printed, expected, result) => {
    expect(isExpected(readOutcome(printed), expected)).toBe(result);
  });

  test('an error that has only the URL in it is no refusal', () => {
    const places = { namespace: 'a', otherNamespace: 'b', clusterIP: '', podIP: '', podIPv6: '' };
    const urls = columns.map(({ url }) => url(places));
    expect(
      urls.filter((url) => isExpected({ kind: 'failed', text: `no answer: ${url}` }, 'refused')),
    ).toEqual([]);
  });
});
