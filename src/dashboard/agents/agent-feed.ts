import { type AgentPod, parseActivity, parseFlowPage } from '../../agent-client/index.ts';
import type { ActivityReport, FlowPage } from '../../api/index.ts';
import type { Clock } from '../../time/index.ts';
import type { AgentState } from '../wire.ts';

export interface AgentFeedOptions {
  /** Requests a path of an agent's API and returns its JSON. Throws if there is no answer. */
  get: (pod: AgentPod, path: string) => Promise<unknown>;
  onFlows: (pod: string, page: FlowPage) => void;
  /** Called if the agent is gone or has restarted. */
  onGone: (pod: string) => void;
  clock: Clock;
}

/** Flows per page: the agents' own limit. */
const PAGE = 1_000;
/** Pages per refresh: more than an agent stores. */
const PAGES = 50;

/** Reads the flows of one agent in order, each once, and its counts. */
export class AgentFeed {
  readonly #options: AgentFeedOptions;
  #pod: AgentPod;
  #instance: string | undefined;
  #next = 0;
  #report: ActivityReport | undefined;
  #answeredAt: number | undefined;
  #failure: string | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(pod: AgentPod, options: AgentFeedOptions) {
    this.#pod = pod;
    this.#options = options;
  }

  set pod(pod: AgentPod) {
    this.#pod = pod;
  }

  get report(): ActivityReport | undefined {
    return this.#report;
  }

  get state(): AgentState {
    const lastAnswerAt =
      this.#answeredAt === undefined ? {} : { lastAnswerAt: new Date(this.#answeredAt).toISOString() };
    const since = this.#report === undefined ? {} : { since: this.#report.since };
    const common = { pod: this.#pod.name, proxy: this.#pod.proxy, ...lastAnswerAt, ...since };
    if (this.#failure !== undefined) return { ...common, state: 'unreachable', message: this.#failure };
    return { ...common, state: this.#answeredAt === undefined ? 'pending' : 'answering' };
  }

  /** Reads everything new. Never rejects; concurrent calls share one refresh. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    try {
      await this.#readFlows();
      this.#report = parseActivity(await this.#options.get(this.#pod, '/v1/activity'));
      this.#answeredAt = this.#options.clock.now();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }

  async #readFlows(): Promise<void> {
    for (let left = PAGES; left > 0; left -= 1) {
      const page = await this.#readPage();
      const after = this.#next;
      if (page.instance !== this.#instance) this.#restart(page.instance);
      // A page after another instance's sequence number is meaningless: read again from 0.
      if (this.#next !== after) continue;
      this.#next = page.next;
      // Flows that the agent dropped before our first request do not count as missed.
      this.#options.onFlows(this.#pod.name, after === 0 ? { ...page, dropped: 0 } : page);
      if (page.flows.length < PAGE) return;
    }
  }

  #restart(instance: string): void {
    if (this.#instance !== undefined) this.#options.onGone(this.#pod.name);
    this.#instance = instance;
    this.#next = 0;
  }

  async #readPage(): Promise<FlowPage> {
    return parseFlowPage(await this.#options.get(this.#pod, `/v1/flows?after=${this.#next}&limit=${PAGE}`));
  }
}
