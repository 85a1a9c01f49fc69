import { type ChildProcess, spawn } from 'node:child_process';
import { kubectl } from '../client-pods.ts';

interface Call {
  application: string;
  /** Milliseconds since the epoch. */
  time: number;
  ok: boolean;
  target: string;
  text: string;
}

const LINE = /^(\d{13}) (ok|failed) (\S+) ?(.*)$/;

/**
 * The calls that the pods of a namespace print, each as `<milliseconds> ok|failed <target> <error>`. A pod is followed
 * to its end, so that the calls of a pod that a rollout replaces are counted too.
 */
export class CallLog {
  readonly #namespace: string;
  /** By UID: a StatefulSet makes its pods again under their names. */
  readonly #followed = new Map<string, ChildProcess>();
  readonly #calls: Call[] = [];

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Follows the pods that run now and are not followed yet. */
  async follow(): Promise<void> {
    const path = '{range .items[*]}{.metadata.uid} {.metadata.name} {.metadata.labels.app}{"\\n"}{end}';
    const text = await kubectl(
      `get pods -n ${this.#namespace} -l six=true --field-selector=status.phase=Running -o jsonpath='${path}'`,
    );
    for (const line of text.trim().split('\n')) {
      const [uid = '', pod = '', application = ''] = line.split(' ');
      if (uid !== '' && !this.#followed.has(uid)) this.#followed.set(uid, this.#start(pod, application));
    }
  }

  /** Calls that have failed since then. */
  since(time: number): string[] {
    return this.#calls
      .filter((call) => call.time >= time && !call.ok)
      .map(({ application, target, text }) => `${application} ${target}: ${text}`);
  }

  /** Sorted pairs of an application and a target that it has called at least so often since then. */
  pairsWith(calls: number, time: number): string[] {
    const counts = new Map<string, number>();
    for (const call of this.#calls) {
      const pair = `${call.application} ${call.target}`;
      if (call.time >= time) counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    return [...counts].flatMap(([pair, count]) => (count < calls ? [] : [pair])).sort();
  }

  close(): void {
    for (const child of this.#followed.values()) child.kill();
  }

  #start(pod: string, application: string): ChildProcess {
    const child = spawn('kubectl', ['logs', '-f', '-n', this.#namespace, pod, '-c', 'main'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#read(application, line);
    });
    return child;
  }

  #read(application: string, line: string): void {
    const [, time, verdict, target = '', text = ''] = LINE.exec(line) ?? [];
    if (time !== undefined)
      this.#calls.push({ application, time: Number(time), ok: verdict === 'ok', target, text });
  }
}
