/** scripts/bench: runs the named benchmarks, prints their results and writes them into docs/benchmarks.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { splice } from '../support/splice.ts';
import { admissionBenchmark } from './admission/admission-benchmark.ts';
import { admissionApiBenchmark } from './admission-api/admission-api-benchmark.ts';
import type { Benchmark } from './benchmark.ts';
import { changeBenchmark } from './change/change-benchmark.ts';
import { dataBenchmark } from './data/data-benchmark.ts';
import { dnsBenchmark } from './dns/dns-benchmark.ts';
import { eventLoopsBenchmark } from './event-loops/event-loops-benchmark.ts';
import { gateBenchmark } from './gate/gate-benchmark.ts';
import { imageBenchmark } from './image/image-benchmark.ts';
import { describeMachine } from './machine.ts';
import { parentBenchmark } from './parent/parent-benchmark.ts';
import { podStartBenchmark } from './pod-start/pod-start-benchmark.ts';
import { renderChart } from './report/render-chart.ts';
import { renderMarkdown } from './report/render-markdown.ts';
import { renderTerminal } from './report/render-terminal.ts';
import type { ReportSection } from './report/section.ts';
import { restBenchmark } from './rest/rest-benchmark.ts';
import { scaleBenchmark } from './scale/scale-benchmark.ts';
import { tenantsBenchmark } from './tenants/tenants-benchmark.ts';

const benchmarks: readonly Benchmark[] = [
  dataBenchmark,
  parentBenchmark,
  changeBenchmark,
  admissionBenchmark,
  admissionApiBenchmark,
  restBenchmark,
  imageBenchmark,
  podStartBenchmark,
  tenantsBenchmark,
  eventLoopsBenchmark,
  dnsBenchmark,
  gateBenchmark,
  scaleBenchmark,
];
const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/benchmarks.md');
const PICTURES = 'benchmarks';

const args = process.argv.slice(2);
const flags = new Set(args.filter((arg) => arg.startsWith('--')));
const names = args.filter((arg) => !arg.startsWith('--'));
const size = [...flags].find((flag) => flag.startsWith('--size='))?.slice('--size='.length);
const chosen = names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
const unknown = [
  ...names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name)),
  ...[...flags].filter((flag) => !['--quick', '--list', `--size=${size}`].includes(flag)),
];
if (flags.has('--list')) {
  for (const { name, summary } of benchmarks) process.stdout.write(`${name.padEnd(13)} ${summary}\n`);
} else if (unknown.length > 0) {
  process.stderr.write(`scripts/bench: unknown ${unknown.join(', ')} (see --help)\n`);
  process.exitCode = 2;
} else {
  await runBenchmarks(flags.has('--quick'));
}

async function runBenchmarks(quick: boolean): Promise<void> {
  const started = Date.now();
  const seconds = () => String(Math.round((Date.now() - started) / 1000)).padStart(4);
  for (const benchmark of chosen) {
    const progress = (text: string) => process.stderr.write(`${seconds()} s  ${benchmark.name}: ${text}\n`);
    try {
      const section = await benchmark.run({ quick, size, progress });
      process.stdout.write(`${renderTerminal(section)}\n`);
      if (!quick && size === undefined) write(section);
    } catch (error) {
      process.stderr.write(`${benchmark.name}: ${error instanceof Error ? error.stack : error}\n`);
      process.exitCode = 1;
    }
  }
  process.stderr.write(`${seconds()} s  done\n`);
}

/** Not called for a quick run, whose figures mean nothing, nor for one of another size. */
function write(section: ReportSection): void {
  mkdirSync(join(ROOT, 'docs', PICTURES), { recursive: true });
  for (const block of section.blocks) {
    if (block.kind !== 'chart') continue;
    writeFileSync(join(ROOT, 'docs', PICTURES, `${block.chart.file}.svg`), renderChart(block.chart));
  }
  const text = `${renderMarkdown(section, PICTURES)}\n\n${describeMachine()}`;
  writeFileSync(
    DOCUMENT,
    splice(readFileSync(DOCUMENT, 'utf8'), { name: `bench ${section.name}`, writer: 'scripts/bench' }, text),
  );
}
