import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** A test and its status; of a failed one also its message. */
type Result = [fullName: string, status: string, message?: string];

/** A file as vitest's JSON reporter writes it. */
function file(path: string, results: Result[], message = '') {
  const failed = message !== '' || results.some(([, status]) => status === 'failed');
  const assertionResults = results.map(([fullName, status, failure]) => ({
    ...{ fullName, status },
    failureMessages: failure === undefined ? [] : [failure],
  }));
  return { name: join(process.cwd(), path), status: failed ? 'failed' : 'passed', message, assertionResults };
}

const passed = (count: number): Result[] =>
  Array.from({ length: count }, (_, index) => [`rule ${index}`, 'passed']);

const FLAKY = 'test/b.test.ts';
/** A file beside it without a failure. */
const whole = file('test/a.test.ts', passed(2));

/** Runs a script over reports; a report is named by its key. */
function run(script: string, args: string[], reports: Record<string, object[]>) {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const paths = Object.entries(reports).map(([name, testResults]) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify({ testResults }));
    return path;
  });
  const path = new URL(script, import.meta.url).pathname;
  const { stdout, status } = spawnSync(process.execPath, [path, ...args, ...paths], { encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), status };
}

const sumReports = (steps: string, reports: Record<string, object[]>) =>
  run('sum-reports.ts', [steps], reports);

test('adds up, and is content when all passed', () => {
  const { lines, status } = sumReports('', {
    unit: [file('src/a.test.ts', passed(3))],
    cluster: [file('test/b.test.ts', [...passed(4), ['later', 'todo'], ['never', 'skipped']])],
  });
  expect([lines, status]).toEqual([['7 passed, 0 failed, 2 skipped'], 0]);
});

test('names what failed and why, the counts last', () => {
  const frame = '    at new Promise (/x/node_modules/vitest/run.js:1)';
  const { lines, status } = sumReports('unit tests', {
    unit: [
      file('src/a.test.ts', [
        ['a rule holds', 'passed'],
        ['a rule goes', 'failed', `expected 1 to be 2\n${frame}`],
      ]),
    ],
  });
  expect(lines).toEqual([
    'FAILED src/a.test.ts: a rule goes',
    '    expected 1 to be 2',
    'FAILED unit tests',
    '1 passed, 1 failed, 0 skipped',
  ]);
  expect(status).toBe(1);
});

test('a step that failed without a failed test counts as one', () => {
  const { lines, status } = sumReports('lint,types', { unit: [file('src/a.test.ts', passed(5))] });
  expect([lines, status]).toEqual([['FAILED lint,types', '5 passed, 1 failed, 0 skipped'], 1]);
});

test('no test at all is a failure', () => {
  expect(sumReports('', {})).toEqual({ lines: ['0 passed, 0 failed, 0 skipped'], status: 1 });
});

test('what passed at its second try counts once, and is named with its first message', () => {
  const { lines, status } = sumReports('', {
    cluster: [whole, file(FLAKY, [...passed(1), ['a pod starts', 'failed', 'timed out']])],
    'cluster.again': [file(FLAKY, [...passed(1), ['a pod starts', 'passed']])],
  });
  expect(lines).toEqual([
    'FLAKY, passed at the second try: test/b.test.ts: a pod starts',
    '    timed out',
    '4 passed, 0 failed, 0 skipped',
  ]);
  expect(status).toBe(0);
});

test('so does a file whose hook threw at the first try, and whose tests were skipped for it', () => {
  const skipped: Result[] = [['a pod starts', 'skipped']];
  const { lines } = sumReports('', {
    cluster: [whole, file(FLAKY, skipped, 'no pod')],
    'cluster.again': [file(FLAKY, passed(1))],
  });
  expect(lines).toEqual([
    'FLAKY, passed at the second try: test/b.test.ts',
    '    no pod',
    '3 passed, 0 failed, 0 skipped',
  ]);
});

test('what fails twice has failed, by its second message', () => {
  const { lines, status } = sumReports('cluster tests', {
    cluster: [whole, file(FLAKY, [['a pod starts', 'failed', 'timed out']])],
    'cluster.again': [file(FLAKY, [['a pod starts', 'failed', 'no such pod']])],
  });
  expect(lines).toEqual([
    'FAILED test/b.test.ts: a pod starts',
    '    no such pod',
    'FAILED cluster tests',
    '2 passed, 1 failed, 0 skipped',
  ]);
  expect(status).toBe(1);
});

test('the failed files of a report are listed, those whose hook threw too', () => {
  const { lines } = run('failed-files.ts', [], {
    cluster: [whole, file(FLAKY, [['x', 'failed', 'y']]), file('test/c.test.ts', passed(1), 'no pod')],
  });
  expect(lines).toEqual([FLAKY, 'test/c.test.ts']);
});
