import { remember } from '../../bounded/index.ts';

type Labels = Readonly<Record<string, string>>;

/** Workloads whose labels are cached; each takes some 500 bytes. */
const CAPACITY = 20_000;

/** The pods of a workload have equal labels, in an object of their own each, as they come from the API server. */
export class SharedLabels {
  readonly #byText = new Map<string, Labels>();

  /** The labels that were given first of all equal ones. Callers do not change them. */
  share<T extends Labels>(labels: T): T {
    const text = JSON.stringify(labels);
    const shared = (this.#byText.get(text) as T | undefined) ?? labels;
    remember(this.#byText, text, shared, CAPACITY);
    return shared;
  }
}
