import { type Clock, systemClock } from '../../time/index.ts';
import { type Answer, sameAnswer } from './answer.ts';

/** A proxy pod that is ready. */
export interface Replica {
  /** Of the pod. */
  uid: string;
  address: string;
  /** `namespace/name` of the pod. */
  name: string;
  /** The proxy's Service, as it stands in the agent's certificate. */
  serverName: string;
}

export interface AgentBoardOptions {
  /** Throws where there is no answer. */
  ask: (replica: Replica) => Promise<ReadonlyMap<string, number>>;
  /** Told of the waiters of a replica whose answer has changed; each has to ask again if it still waits. */
  onNews: (waiters: readonly string[]) => void;
  signal: AbortSignal;
  clock?: Clock;
}

interface Entry {
  replica: Replica;
  answer: Answer;
  waiters: Set<string>;
  asking: boolean;
  delayMs: number;
  cancel: (() => void) | undefined;
}

/** Milliseconds between two questions to one agent that somebody waits for. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 5_000;
const GROWTH = 1.6;

/**
 * What every agent says, asked once for all who wait for it: a thousand pending rule sets cost one question a
 * replica and round. Nobody is asked when nobody waits.
 */
export class AgentBoard {
  readonly #options: AgentBoardOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(options: AgentBoardOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    options.signal.addEventListener('abort', () => this.retain(new Set()), { once: true });
  }

  answer(uid: string): Answer {
    return this.#entries.get(uid)?.answer ?? { kind: 'unasked' };
  }

  /** Asks the replica until its answer changes, then tells the waiter. */
  wait(replica: Replica, waiter: string): void {
    if (this.#options.signal.aborted) return;
    const entry = this.#entryFor(replica);
    if (entry.waiters.has(waiter)) return;
    entry.waiters.add(waiter);
    entry.delayMs = FIRST_DELAY;
    if (!entry.asking) void this.#ask(entry);
  }

  /** Forgets every replica that is not among these. */
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
      waiters: new Set(),
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
    const news = !sameAnswer(answer, entry.answer);
    entry.answer = answer;
    if (news) this.#tell(entry);
    // Who waits again while being told begins a new round by itself.
    if (entry.waiters.size > 0 && !entry.asking) this.#askLater(entry);
  }

  async #answerOf(replica: Replica): Promise<Answer> {
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

  #tell(entry: Entry): void {
    const waiters = [...entry.waiters];
    entry.waiters.clear();
    this.#options.onNews(waiters);
  }
}
