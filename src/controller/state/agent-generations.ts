import type { AgentAddress } from '../../agent-client/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { Notifier } from './notifier.ts';

/** A ready pod of a proxy. */
export interface Replica extends AgentAddress {
  /** UID of the pod. */
  uid: string;
}

/** What is known of the generations by which one replica decides. */
export type GenerationsAnswer =
  | { kind: 'unasked' }
  | { kind: 'answered'; generations: ReadonlyMap<string, number> }
  | { kind: 'failed'; message: string };

/** An object by which agents decide, in the version that they should have. */
export interface Generation {
  uid: string;
  generation: number;
}

/** Whether a ready replica decides by these generations. `outdated` includes not knowing one of the objects. */
export type GenerationState = 'current' | 'outdated' | 'unknown' | 'unreachable';

export function generationState(answer: GenerationsAnswer, objects: readonly Generation[]): GenerationState {
  switch (answer.kind) {
    case 'unasked':
      return 'unknown';
    case 'failed':
      return 'unreachable';
    case 'answered':
      return objects.every(({ uid, generation }) => (answer.generations.get(uid) ?? 0) >= generation)
        ? 'current'
        : 'outdated';
  }
}

/** A key of a controller that waits for an agent to change its answer. */
export interface Waiter {
  controller: string;
  key: string;
}

export interface AgentGenerationsOptions {
  /** Rejects if there is no answer. */
  ask: (replica: Replica) => Promise<ReadonlyMap<string, number>>;
  signal: AbortSignal;
  clock?: Clock;
}

interface Entry {
  replica: Replica;
  answer: GenerationsAnswer;
  /** By controller and key. */
  waiters: Map<string, Waiter>;
  asking: boolean;
  delayMs: number;
  cancel: (() => void) | undefined;
}

/** Milliseconds until an agent is asked again while a controller waits. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 5_000;
const GROWTH = 1.6;

/**
 * The generations by which every agent decides. An agent is asked once for all waiters, so that a thousand pending rule
 * sets cost one request a replica and round, and only while there is a waiter.
 */
export class AgentGenerations {
  readonly #options: AgentGenerationsOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #notifier = new Notifier<readonly Waiter[]>();

  constructor(options: AgentGenerationsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    options.signal.addEventListener('abort', () => this.retain(new Set()), { once: true });
  }

  answer(uid: string): GenerationsAnswer {
    return this.#entries.get(uid)?.answer ?? { kind: 'unasked' };
  }

  /** Calls the listener with the waiters of a replica whose answer has changed. A waiter waits for one change only. */
  subscribe(listener: (waiters: readonly Waiter[]) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  /** Asks the replica until its answer changes. */
  wait(replica: Replica, waiter: Waiter): void {
    if (this.#options.signal.aborted) return;
    const entry = this.#entryFor(replica);
    const id = `${waiter.controller} ${waiter.key}`;
    if (entry.waiters.has(id)) return;
    entry.waiters.set(id, waiter);
    entry.delayMs = FIRST_DELAY;
    if (!entry.asking) void this.#ask(entry);
  }

  /** Forgets every replica but these. */
  retain(uids: ReadonlySet<string>): void {
    for (const [uid, entry] of this.#entries) {
      if (uids.has(uid)) continue;
      entry.cancel?.();
      this.#entries.delete(uid);
    }
  }

  #entryFor(replica: Replica): Entry {
    const known = this.#entries.get(replica.uid);
    const entry: Entry = known ?? {
      replica,
      answer: { kind: 'unasked' },
      waiters: new Map(),
      asking: false,
      delayMs: FIRST_DELAY,
      cancel: undefined,
    };
    entry.replica = replica;
    this.#entries.set(replica.uid, entry);
    return entry;
  }

  async #ask(entry: Entry): Promise<void> {
    entry.cancel?.();
    entry.asking = true;
    const answer = await this.#answerOf(entry.replica);
    entry.asking = false;
    if (this.#entries.get(entry.replica.uid) !== entry) return;
    const isChanged = !sameAnswer(answer, entry.answer);
    entry.answer = answer;
    if (isChanged) this.#notify(entry);
    // A waiter that waits again while it is notified begins a new round by itself.
    if (entry.waiters.size > 0 && !entry.asking) this.#askLater(entry);
  }

  async #answerOf(replica: Replica): Promise<GenerationsAnswer> {
    try {
      return { kind: 'answered', generations: await this.#options.ask(replica) };
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  #askLater(entry: Entry): void {
    entry.cancel = this.#clock.after(entry.delayMs, () => void this.#ask(entry));
    entry.delayMs = Math.min(LONGEST_DELAY, entry.delayMs * GROWTH);
  }

  #notify(entry: Entry): void {
    const waiters = [...entry.waiters.values()];
    entry.waiters.clear();
    this.#notifier.notify(waiters);
  }
}

function sameAnswer(a: GenerationsAnswer, b: GenerationsAnswer): boolean {
  if (a.kind === 'failed' && b.kind === 'failed') return a.message === b.message;
  if (a.kind !== 'answered' || b.kind !== 'answered') return a.kind === b.kind;
  if (a.generations.size !== b.generations.size) return false;
  return [...a.generations].every(([uid, generation]) => b.generations.get(uid) === generation);
}
