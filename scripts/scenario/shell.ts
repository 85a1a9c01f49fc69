import { spawn } from 'node:child_process';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one bash command line; a command that outlives `timeoutSeconds` ends with code 124, as timeout(1) has it. */
export function bash(
  command: string,
  { input = '', timeoutSeconds = 60 }: { input?: string; timeoutSeconds?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('timeout', ['--kill-after=5', String(timeoutSeconds), 'bash', '-c', command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
