import type { ActivityReport } from '../../api/index.ts';
import { sleep } from '../../time/index.ts';
import type { AgentState } from '../wire.ts';
import { AgentFeed, type AgentFeedOptions } from './agent-feed.ts';
import type { AgentPod } from './agent-pod.ts';

export interface AgentBoardOptions extends AgentFeedOptions {
  pods: () => readonly AgentPod[];
}

/** Milliseconds that what agents said counts as new. */
const FRESH = 900;
/** Milliseconds that a viewer waits for agents; who answers later is in the next answer. */
const PATIENCE = 1_500;

/** All agents. They are asked when somebody looks, and now and then besides, so that nothing is lost on the way. */
export class AgentBoard {
  readonly #options: AgentBoardOptions;
  readonly #feeds = new Map<string, AgentFeed>();
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: AgentBoardOptions) {
    this.#options = options;
  }

  get states(): AgentState[] {
    return [...this.#feeds.values()].map(({ state }) => state);
  }

  get reports(): ActivityReport[] {
    return [...this.#feeds.values()].flatMap(({ report }) => report ?? []);
  }

  /** Resolves when every agent has answered, or soon. */
  async refresh(): Promise<void> {
    const { clock } = this.#options;
    this.#follow();
    if (clock.monotonic() - this.#askedAt < FRESH) return;
    this.#askedAt = clock.monotonic();
    const patience = new AbortController();
    const answers = Promise.all([...this.#feeds.values()].map((feed) => feed.refresh()));
    await Promise.race([answers, sleep(clock, PATIENCE, patience.signal)]);
    patience.abort();
  }

  #follow(): void {
    const pods = this.#options.pods().filter(({ usable }) => usable);
    const present = new Set(pods.map(({ name }) => name));
    for (const name of this.#feeds.keys()) {
      if (present.has(name)) continue;
      this.#feeds.delete(name);
      this.#options.onGone(name);
    }
    for (const pod of pods) {
      const feed = this.#feeds.get(pod.name);
      if (feed === undefined) this.#feeds.set(pod.name, new AgentFeed(pod, this.#options));
      else feed.pod = pod;
    }
  }
}
