import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface RawRequest {
  id: string;
  /** One character a byte. */
  raw: string;
  /** At least so many answers are waited for, however long they take. */
  answers?: readonly unknown[];
}

/** What raw-client.mjs tells. */
export interface RawAnswer {
  id: string;
  /** The status of each HTTP answer, in order. */
  answers: number[];
  /** The start of what was read, one character a byte. */
  text: string;
}

/** Speaks with a raw-client.mjs that runs somewhere: in a network namespace, or by kubectl exec in a pod. */
export class RawClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (answer: RawAnswer) => void>();
  readonly #ended: Promise<never>;

  constructor(child: ChildProcess) {
    const { stdout } = child;
    if (stdout === null) throw new Error('the raw client has no stdout');
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the raw client ended with ${code}`);
    });
    this.#ended.catch(() => {});
    createInterface({ input: stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as RawAnswer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Each id may be under way once at a time. */
  send({ id, raw, answers = [] }: RawRequest): Promise<RawAnswer> {
    const answered = new Promise<RawAnswer>((resolve) => this.#waiting.set(id, resolve));
    const bytes = Buffer.from(raw, 'latin1').toString('base64');
    this.#child.stdin?.write(`${JSON.stringify({ id, bytes, expects: answers.length })}\n`);
    return Promise.race([answered, this.#ended]);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
