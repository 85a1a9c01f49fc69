import { figure } from './format.ts';
import type { Bar, BarChart } from './section.ts';

const WIDTH = 860;
const LABELS = 300;
const ROW = 26;
const HEAD = 44;
/** Room on the right for the figure behind a bar. */
const FIGURES = 110;

/** An SVG that reads on light and dark pages: bars of medians, a thin line from the least to the greatest round. */
export function renderChart({ title, unit, bars }: BarChart): string {
  const largest = Math.max(...bars.map(({ high }) => high), Number.MIN_VALUE);
  const scale = (value: number) => ((WIDTH - LABELS - FIGURES) * value) / largest;
  const height = HEAD + ROW * bars.length + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    '<style>text{font:13px system-ui,sans-serif;fill:#888}.head{font-weight:600}.ours{fill:#e8710a}.other{fill:#7b93ad}line{stroke:#888;stroke-width:1.5}</style>',
    `<text class="head" x="8" y="24">${escapeText(title)} (${escapeText(unit)})</text>`,
    ...bars.flatMap((bar, index) => renderBar(bar, HEAD + ROW * index, scale)),
    '</svg>',
    '',
  ].join('\n');
}

function renderBar(
  { label, value, low, high, ours }: Bar,
  y: number,
  scale: (value: number) => number,
): string[] {
  const at = (length: number) => (LABELS + scale(length)).toFixed(1);
  const middle = y + ROW / 2 - 3;
  return [
    `<text x="${LABELS - 10}" y="${middle + 5}" text-anchor="end">${escapeText(label)}</text>`,
    `<rect class="${ours ? 'ours' : 'other'}" x="${LABELS}" y="${y}" width="${scale(value).toFixed(1)}" height="${ROW - 8}" rx="2"/>`,
    `<line x1="${at(low)}" x2="${at(high)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${(LABELS + scale(high) + 8).toFixed(1)}" y="${middle + 5}">${figure(value)}</text>`,
  ];
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
