import { remember } from './remember.ts';

/**
 * Gives equal JSON values one object. Objects from the API server have parts of their own that are equal by the thousand, such as
 * the labels of a workload's pods. Callers do not change them.
 */
export class SharedValues {
  readonly #capacity: number;
  readonly #byText = new Map<string, unknown>();

  /** `capacity`: different values that are remembered; each takes twice its size. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  share<T>(value: T): T {
    const text = JSON.stringify(value);
    // Parsed again: a text in the value can be a slice, which would keep the text that it is from.
    const shared = (this.#byText.get(text) ?? JSON.parse(text)) as T;
    remember(this.#byText, text, shared, this.#capacity);
    return shared;
  }
}
