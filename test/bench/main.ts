/** scripts/bench: runs the parts that are named, prints what they found and writes it into docs/benchmarks.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { admissionPart } from './admission/admission-part.ts';
import { changePart } from './change/change-part.ts';
import { dataPart } from './data/data-part.ts';
import { imagePart } from './image/image-part.ts';
import { describeMachine } from './machine.ts';
import { parentPart } from './parent/parent-part.ts';
import type { Part } from './part.ts';
import { podStartPart } from './pod-start/pod-start-part.ts';
import { renderChart } from './report/render-chart.ts';
import { renderMarkdown } from './report/render-markdown.ts';
import { renderTerminal } from './report/render-terminal.ts';
import type { Section } from './report/section.ts';
import { splice } from './report/splice.ts';
import { restPart } from './rest/rest-part.ts';

const parts: readonly Part[] = [
  dataPart,
  parentPart,
  changePart,
  admissionPart,
  restPart,
  imagePart,
  podStartPart,
];
const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/benchmarks.md');
const PICTURES = 'benchmarks';

const args = process.argv.slice(2);
const flags = new Set(args.filter((arg) => arg.startsWith('--')));
const names = args.filter((arg) => !arg.startsWith('--'));
const chosen = names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name));
const unknown = [
  ...names.filter((name) => !parts.some((part) => part.name === name)),
  ...[...flags].filter((flag) => flag !== '--quick' && flag !== '--parts'),
];
if (flags.has('--parts')) {
  for (const { name, summary } of parts) process.stdout.write(`${name.padEnd(11)} ${summary}\n`);
} else if (unknown.length > 0) {
  process.stderr.write(`scripts/bench: unknown ${unknown.join(', ')} (see --help)\n`);
  process.exitCode = 2;
} else {
  await runParts(flags.has('--quick'));
}

async function runParts(quick: boolean): Promise<void> {
  const started = Date.now();
  const seconds = () => String(Math.round((Date.now() - started) / 1000)).padStart(4);
  for (const part of chosen) {
    const progress = (text: string) => process.stderr.write(`${seconds()} s  ${part.name}: ${text}\n`);
    try {
      const section = await part.run({ quick, progress });
      process.stdout.write(`${renderTerminal(section)}\n`);
      if (!quick) write(section);
    } catch (error) {
      process.stderr.write(`${part.name}: ${error instanceof Error ? error.stack : error}\n`);
      process.exitCode = 1;
    }
  }
  process.stderr.write(`${seconds()} s  done\n`);
}

/** A quick run is written nowhere: its figures are no figures. */
function write(section: Section): void {
  mkdirSync(join(ROOT, 'docs', PICTURES), { recursive: true });
  for (const block of section.blocks) {
    if (block.kind !== 'chart') continue;
    writeFileSync(join(ROOT, 'docs', PICTURES, `${block.chart.file}.svg`), renderChart(block.chart));
  }
  const text = `${renderMarkdown(section, PICTURES)}\n\n${describeMachine()}`;
  writeFileSync(DOCUMENT, splice(readFileSync(DOCUMENT, 'utf8'), section.name, text));
}
