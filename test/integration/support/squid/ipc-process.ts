import type { ChildProcess } from 'node:child_process';

interface Request<Message> {
  id: number;
  message: Message;
}

/** A child process that answers each of our messages over IPC, in any order. */
export class IpcProcess<Message> {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('it has ended'));
    });
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Rejects when the process ends before it has answered. */
  ask(message: Message): Promise<unknown> {
    const id = ++this.#asked;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    const question: Request<Message> = { id, message };
    this.child.send(question, (error) => error && answer.reject(error));
    return answer.promise;
  }
}

/** The other end. What is done synchronously is done in the order of the messages. */
export function answerParent<Message>(answer: (message: Message) => unknown): void {
  process.on('message', async ({ id, message }: Request<Message>) => {
    process.send?.({ id, answer: await answer(message) });
  });
}
