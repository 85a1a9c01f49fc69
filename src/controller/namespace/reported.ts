import type { ConditionReason } from '../../api/index.ts';

/** What Events have told of objects, so that each reason is told once an object. */
export class Reported {
  readonly #told = new Map<string, Set<ConditionReason>>();

  /** False where it was told already; from now on it was. */
  begin(uid: string, reason: ConditionReason): boolean {
    const told = this.#told.get(uid) ?? new Set();
    if (told.has(reason)) return false;
    this.#told.set(uid, told.add(reason));
    return true;
  }

  forget(uid: string): void {
    this.#told.delete(uid);
  }
}
