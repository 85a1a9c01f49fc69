import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** What vitest's JSON reporter writes of a test file. */
export interface FileReport {
  name: string;
  status: 'passed' | 'failed';
  /** Why the file itself failed: it could not be read, or a hook of all its tests threw. */
  message: string;
  assertionResults: { fullName: string; status: string; failureMessages: string[] | null }[];
}

/** The test files of a report of vitest's JSON reporter. */
export const readReport = (path: string): FileReport[] =>
  (JSON.parse(readFileSync(path, 'utf8')) as { testResults: FileReport[] }).testResults;

/** A test file's path from the project's root. */
export const pathOf = ({ name }: FileReport): string => relative(process.cwd(), name);
