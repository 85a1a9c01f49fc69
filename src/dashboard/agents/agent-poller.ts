import type { AgentPod } from '../../agent-client/index.ts';
import type { ActivityReport } from '../../api/index.ts';
import { sleep } from '../../time/index.ts';
import type { AgentState } from '../wire.ts';
import { AgentFeed, type AgentFeedOptions } from './agent-feed.ts';

export interface AgentPollerOptions extends AgentFeedOptions {
  pods: () => readonly AgentPod[];
}

/** Milliseconds for which answers of agents count as current. */
const FRESH = 900;
/** Milliseconds that a refresh waits. Later answers are part of the next refresh. */
const LONGEST_WAIT = 1_500;

/** Polls all agents, each time a viewer requests data and at an interval, so that no agent drops flows unread. */
export class AgentPoller {
  readonly #options: AgentPollerOptions;
  readonly #feeds = new Map<string, AgentFeed>();
  #polledAt = Number.NEGATIVE_INFINITY;

  constructor(options: AgentPollerOptions) {
    this.#options = options;
  }

  get states(): AgentState[] {
    return [...this.#feeds.values()].map(({ state }) => state);
  }

  get reports(): ActivityReport[] {
    return [...this.#feeds.values()].flatMap(({ report }) => report ?? []);
  }

  /** Resolves after every agent has answered, but not later than LONGEST_WAIT. */
  async refresh(): Promise<void> {
    const { clock } = this.#options;
    this.#updateFeeds();
    if (clock.monotonic() - this.#polledAt < FRESH) return;
    this.#polledAt = clock.monotonic();
    const wait = new AbortController();
    const answers = Promise.all([...this.#feeds.values()].map((feed) => feed.refresh()));
    await Promise.race([answers, sleep(clock, LONGEST_WAIT, wait.signal)]);
    wait.abort();
  }

  /** Drops the feeds of pods that are gone and adds those of new pods. */
  #updateFeeds(): void {
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
