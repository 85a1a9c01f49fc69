import { ownCopy } from '../own-copy.ts';

/** What an outcome rests on beside the question: it is true as long as these are the same. */
export interface Grounds {
  /** Of what the agent knows: every change gives another. */
  version: number;
  /** The name that was resolved, and the list that came of it; undefined where none was. */
  resolved: { name: string; addresses: readonly string[] } | undefined;
}

/** Outcomes; a client with a list of names cannot fill more memory than this. */
const CAPACITY = 10_000;

/**
 * The outcomes of questions that were asked before. A decision is a pure function of the question, of what the agent
 * knows and of the addresses of the name, so it need not be made again while these are the same. Each question is
 * still asked and answered by itself.
 */
export class DecisionMemo<Outcome> {
  readonly #entries = new Map<string, { outcome: Outcome; resolved: Grounds['resolved'] }>();
  readonly #addressesOf: (name: string) => readonly string[] | undefined;
  #version: number | undefined;

  /** `addressesOf`: what is known of a name now; the same list until something new is learnt. */
  constructor(addressesOf: (name: string) => readonly string[] | undefined) {
    this.#addressesOf = addressesOf;
  }

  /** `version`: the one of now. */
  find(asked: string, version: number): Outcome | undefined {
    if (version !== this.#version) return undefined;
    const entry = this.#entries.get(asked);
    if (entry?.resolved === undefined) return entry?.outcome;
    const { name, addresses } = entry.resolved;
    return this.#addressesOf(name) === addresses ? entry.outcome : undefined;
  }

  keep(asked: string, { version, resolved }: Grounds, outcome: Outcome): void {
    if (version !== this.#version || this.#entries.size >= CAPACITY) this.#entries.clear();
    this.#version = version;
    this.#entries.set(ownCopy(asked), { outcome, resolved });
  }
}
