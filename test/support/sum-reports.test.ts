import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

interface Counts {
  passed?: number;
  failed?: number;
  pending?: number;
  todo?: number;
}

/** A report as vitest's JSON reporter writes it. */
const report = ({ passed = 0, failed = 0, pending = 0, todo = 0 }: Counts, testResults: object[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: todo,
  testResults,
});

function sumReports(steps: string, ...reports: object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = reports.map((content, index) => {
    const file = join(folder, `${index}.json`);
    writeFileSync(file, JSON.stringify(content));
    return file;
  });
  const script = new URL('sum-reports.ts', import.meta.url).pathname;
  const { stdout, status } = spawnSync(process.execPath, [script, steps, ...files], { encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), status };
}

test('adds up, and is content when all passed', () => {
  const { lines, status } = sumReports('', report({ passed: 3 }), report({ passed: 4, pending: 1, todo: 2 }));
  expect([lines, status]).toEqual([['7 passed, 0 failed, 3 skipped'], 0]);
});

test('names what failed and why, the counts last', () => {
  const frame = '    at new Promise (/x/node_modules/vitest/run.js:1)';
  const assertionResults = [
    { fullName: 'a rule holds', status: 'passed', failureMessages: [] },
    { fullName: 'a rule goes', status: 'failed', failureMessages: [`expected 1 to be 2\n${frame}`] },
  ];
  const name = join(process.cwd(), 'src/a.test.ts');
  const { lines, status } = sumReports(
    'unit tests',
    report({ passed: 1, failed: 1 }, [{ name, message: '', assertionResults }]),
  );
  expect(lines).toEqual([
    'FAILED src/a.test.ts: a rule goes',
    '    expected 1 to be 2',
    'FAILED unit tests',
    '1 passed, 1 failed, 0 skipped',
  ]);
  expect(status).toBe(1);
});

test('a step that failed without a failed test counts as one', () => {
  const { lines, status } = sumReports('lint,types', report({ passed: 5 }));
  expect([lines, status]).toEqual([['FAILED lint,types', '5 passed, 1 failed, 0 skipped'], 1]);
});

test('no test at all is a failure', () => {
  expect(sumReports('')).toEqual({ lines: ['0 passed, 0 failed, 0 skipped'], status: 1 });
});
