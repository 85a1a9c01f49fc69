/**
 * Adds up vitest's JSON reports, names what failed and why, and ends with the one line of counts. A step that failed
 * outside a test (lint, types, a suite that could not start) counts as one failed when no test did, so that the line
 * never says less than the exit code.
 *
 * `sum-reports.ts STEPS FILE...`: STEPS names the failed steps, separated by commas; empty when there are none. A FILE
 * `NAME.again.json` is of the second try of files of `NAME.json`: its results count, and what passed then is named as
 * flaky, with the message of its first try.
 */
import { type FileReport, pathOf, readReport } from './reports.ts';

/** Enough of a message for a reader who sees only the end of the output. */
const messageLines = 12;

const indented = (message: string) =>
  message
    .split('\n')
    .filter((line) => !line.includes('/node_modules/'))
    .slice(0, messageLines)
    .map((line) => `    ${line}\n`);

/** What failed in a file, and why. */
function* failuresOf(file: FileReport): Iterable<string> {
  if (file.message !== '') yield [`${pathOf(file)}\n`, ...indented(file.message)].join('');
  for (const { fullName, status, failureMessages } of file.assertionResults) {
    if (status !== 'failed') continue;
    yield [`${pathOf(file)}: ${fullName}\n`, ...(failureMessages ?? []).flatMap(indented)].join('');
  }
}

const isSecondTry = (path: string) => path.endsWith('.again.json');
const filesOf = (paths: string[]) => paths.flatMap(readReport);

const [steps = '', ...paths] = process.argv.slice(2);
const first = filesOf(paths.filter((path) => !isSecondTry(path)));
const again = new Map(filesOf(paths.filter(isSecondTry)).map((file) => [file.name, file]));

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of first) {
  const last = again.get(file.name) ?? file;
  for (const { status } of last.assertionResults) {
    sum[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
  }
  for (const failure of failuresOf(last)) process.stdout.write(`FAILED ${failure}`);
  if (last === file || last.status === 'failed') continue;
  for (const failure of failuresOf(file)) {
    process.stdout.write(`FLAKY, passed at the second try: ${failure}`);
  }
}
if (steps !== '') process.stdout.write(`FAILED ${steps}\n`);
if (steps !== '' && sum.failed === 0) sum.failed = 1;
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
