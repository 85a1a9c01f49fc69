import { describe, expect, it } from 'vitest';
import { figure, spread } from './format.ts';
import { renderChart } from './render-chart.ts';
import { renderMarkdown } from './render-markdown.ts';
import { alignColumns, renderTerminal } from './render-terminal.ts';
import type { BarChart, ReportSection } from './section.ts';

describe('figure', () => {
  it.each([
    [0, '0'],
    [0.0234, '0.023'],
    [1.005, '1.00'],
    [12.34, '12.3'],
    [123.4, '123'],
    [8512.7, '8,513'],
    [1234567, '1,234,567'],
    [-0.5, '-0.500'],
    [Number.NaN, '-'],
  ])('%d', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe('spread', () => {
  it('shows the median first', () => {
    expect(spread({ min: 1, median: 2, max: 30 })).toBe('2.00 (1.00 to 30.0)');
  });
});

const chart: BarChart = {
  file: 'speed',
  title: 'Speed <of all>',
  unit: 'a second',
  bars: [
    { label: 'ours & more', value: 50, low: 40, high: 60, ours: true },
    { label: 'other', value: 100, low: 90, high: 100, ours: false },
  ],
};
const section: ReportSection = {
  name: 'speed',
  title: 'Speed',
  blocks: [
    { kind: 'goals', goals: [{ text: 'fast', found: '0.9', met: false }] },
    { kind: 'chart', chart },
    { kind: 'table', caption: 'All:', head: ['who', 'fast'], rows: [['a|b', '1']] },
    { kind: 'text', text: 'That is all.' },
  ],
};

describe('renderMarkdown', () => {
  it('writes goals, picture, table and text', () => {
    expect(renderMarkdown(section, 'pictures')).toBe(
      [
        '## Speed',
        '',
        '| goal | found | met |',
        '|---|---:|---:|',
        '| fast | 0.9 | **no** |',
        '',
        '![Speed <of all>](pictures/speed.svg)',
        '',
        'All:',
        '',
        '| who | fast |',
        '|---|---:|',
        '| a\\|b | 1 |',
        '',
        'That is all.',
      ].join('\n'),
    );
  });
});

describe('renderTerminal', () => {
  it('says which goals are missed, and leaves pictures out', () => {
    const text = renderTerminal(section);
    expect(text).toContain('MISSED  fast: 0.9');
    expect(text).not.toContain('svg');
  });
});

describe('alignColumns', () => {
  it('aligns the first column left and the others right', () => {
    expect(
      alignColumns([
        ['name', 'n'],
        ['a', '100'],
      ]),
    ).toBe('  name    n\n  a     100');
  });
});

describe('renderChart', () => {
  it('draws bars to scale and escapes labels', () => {
    const svg = renderChart(chart);
    expect(svg).toContain('<text class="head" x="8" y="24">Speed &lt;of all&gt; (a second)</text>');
    expect(svg).toContain('ours &amp; more');
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([225, 450]);
  });
});
