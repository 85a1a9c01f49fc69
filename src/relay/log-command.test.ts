import { describe, expect, it } from 'vitest';
import { parseLogCommand } from './log-command.ts';

describe('parseLogCommand', () => {
  const cases: [string, ReturnType<typeof parseLogCommand>][] = [
    ['L1.000 a L b', { kind: 'append', line: '1.000 a L b' }],
    ['L', { kind: 'append', line: '' }],
    ['R', { kind: 'rotate' }],
    ['T', { kind: 'none' }],
    ['O', { kind: 'none' }],
    ['F', { kind: 'none' }],
    ['r10', { kind: 'none' }],
    ['b1', { kind: 'none' }],
    ['', { kind: 'unknown', text: '' }],
    ['x', { kind: 'unknown', text: 'x' }],
  ];
  it.each(cases)('%j', (text, command) => {
    expect(parseLogCommand(text)).toEqual(command);
  });
});
