import { randomBytes } from 'node:crypto';

/** Identifiers that no other agent, and no other run of this one, gives: `<run>-<count>`, short enough to be read out. */
export class IdSequence {
  readonly #run = randomBytes(5).toString('hex');
  #count = 0;

  next(): string {
    this.#count += 1;
    return `${this.#run}-${this.#count.toString(36)}`;
  }
}
