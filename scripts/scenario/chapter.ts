import { setTimeout as sleep } from 'node:timers/promises';
import { bash, type Outcome } from './shell.ts';

export interface Check {
  what: string;
  passed: boolean;
  detail: string;
}

/** One chapter of a scenario: shown by `scripts/demo`, asserted by `test/cluster/scenario.test.ts`. */
export interface Chapter {
  title: string;
  execute(run: ChapterRun): Promise<void>;
}

interface ShellOptions {
  input?: string;
  timeoutSeconds?: number;
  /** How many lines of output are shown; 0 hides the command as well. */
  show?: number;
}

/** Runs commands, shows what was done and what came back, and keeps the checks. */
export class ChapterRun {
  readonly checks: Check[] = [];
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  say(text: string): void {
    this.#write(`    ${text}\n`);
  }

  async sh(command: string, { show = 12, ...options }: ShellOptions = {}): Promise<Outcome> {
    const outcome = await bash(command, options);
    if (show > 0) {
      this.#write(`    $ ${command}\n`);
      this.#showLines(`${outcome.stdout}${outcome.stderr}`, show);
    }
    return outcome;
  }

  /** Applies a manifest and shows it, since the manifest is the user's interface. */
  async apply(manifest: string, { show = 30 }: { show?: number } = {}): Promise<Outcome> {
    const outcome = await bash('kubectl apply -f -', { input: manifest });
    if (show > 0) {
      this.#write('    $ kubectl apply -f - <<EOF\n');
      this.#showLines(`${manifest.trim()}\nEOF\n${outcome.stdout}${outcome.stderr}`, show);
    }
    return outcome;
  }

  /** Runs a command inside a pod. */
  exec(pod: string, command: string, options: ShellOptions = {}): Promise<Outcome> {
    const [namespace, name] = pod.split('/');
    const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
    return this.sh(`kubectl exec -n ${namespace} ${name} -- sh -c ${quoted}`, options);
  }

  check(what: string, passed: boolean, detail = ''): void {
    this.checks.push({ what, passed, detail });
    this.#write(
      `    ${passed ? 'PASS' : 'FAIL'}  ${what}${passed || detail === '' ? '' : `\n          ${detail}`}\n`,
    );
  }

  /** Asks again until the answer is true or the time is over; the last answer counts. */
  async eventually(what: string, ask: () => Promise<boolean>, seconds = 30): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    let passed = await ask();
    while (!passed && Date.now() < deadline) {
      await sleep(200);
      passed = await ask();
    }
    this.check(what, passed, `not so within ${seconds} s`);
  }

  #showLines(text: string, most: number): void {
    const lines = text.trimEnd().split('\n');
    for (const line of lines.slice(0, most)) this.#write(`      ${line}\n`);
    if (lines.length > most) this.#write(`      ... ${lines.length - most} more lines\n`);
  }
}
