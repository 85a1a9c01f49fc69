/**
 * Adds up vitest's JSON reports, names what failed and why, and ends with the one line of counts. A step that failed
 * outside a test (lint, types, a suite that could not start) counts as one failed when no test did, so that the line
 * never says less than the exit code.
 *
 * `sum-reports.ts STEPS FILE...`: STEPS names the failed steps, separated by commas; empty when there are none.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    /** Why the file itself failed: it could not be read, or a hook of all its tests threw. */
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] | null }[];
  }[];
}

/** Enough of a message for a reader who sees only the end of the output. */
const messageLines = 12;

const indented = (message: string) =>
  message
    .split('\n')
    .filter((line) => !line.includes('/node_modules/'))
    .slice(0, messageLines)
    .map((line) => `    ${line}\n`);

const [steps = '', ...files] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of files) {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests;
  sum.skipped += report.numPendingTests + report.numTodoTests;
  for (const { name, message, assertionResults } of report.testResults) {
    const path = relative(process.cwd(), name);
    if (message !== '') process.stdout.write([`FAILED ${path}\n`, ...indented(message)].join(''));
    for (const { fullName, status, failureMessages } of assertionResults) {
      if (status !== 'failed') continue;
      const lines = (failureMessages ?? []).flatMap(indented);
      process.stdout.write([`FAILED ${path}: ${fullName}\n`, ...lines].join(''));
    }
  }
}
if (steps !== '') process.stdout.write(`FAILED ${steps}\n`);
if (steps !== '' && sum.failed === 0) sum.failed = 1;
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
