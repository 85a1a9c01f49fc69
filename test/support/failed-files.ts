/** `failed-files.ts REPORT`: the test files that failed by a report of vitest's JSON reporter, a line each. */
import { pathOf, readReport } from './reports.ts';

const [path = ''] = process.argv.slice(2);
const failed = readReport(path).filter(({ status }) => status === 'failed');
process.stdout.write(failed.map((file) => `${pathOf(file)}\n`).join(''));
