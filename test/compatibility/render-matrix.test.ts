import { describe, expect, test } from 'vitest';
import { clients } from './clients.ts';
import { columns } from './columns.ts';
import { readOutcome } from './outcome.ts';
import { renderGroup, renderOutcome } from './render-matrix.ts';

describe('renderOutcome', () => {
  test.each([
    ['an answer', 'STATUS 200', 'answered', 'yes'],
    ['a refusal shows what the user sees', 'a | b 403', 'refused', 'a \\| b 403'],
    ['an answer to what should be refused', 'STATUS 200', 'refused', '**no**: 200'],
    ['no answer', '', 'answered', '**no**: no output'],
    ['a cell that only shows', 'timed out', 'shown', 'timed out'],
    ['markup of an error', 'TypeError: <Proxy> `x`', 'shown', "TypeError: &lt;Proxy> 'x'"],
  ] as const)('%s', (_, printed, expected, cell) => {
    expect(renderOutcome(readOutcome(printed), expected)).toBe(cell);
  });

  test('a client that is not asked has an empty cell', () => {
    expect(renderOutcome(undefined, 'answered')).toBe('');
  });
});

describe('renderGroup', () => {
  test('has a row for each client and as many cells in each line', () => {
    const rows = clients.slice(0, 2).map((client) => ({
      client,
      version: '1',
      outcomes: columns.map(() => readOutcome('STATUS 200')),
    }));
    const lines = renderGroup(rows, columns).split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split(' | ').length))).toEqual(new Set([columns.length + 2]));
  });
});
