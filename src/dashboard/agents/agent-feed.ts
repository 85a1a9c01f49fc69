import type { ActivityReport, FlowPage } from '../../api/index.ts';
import type { Clock } from '../../time/index.ts';
import type { AgentState } from '../wire.ts';
import type { AgentPod } from './agent-pod.ts';

export interface AgentFeedOptions {
  /** The JSON of a path. Throws where there is none. */
  get: (pod: AgentPod, path: string) => Promise<unknown>;
  onFlows: (pod: string, page: FlowPage) => void;
  /** The agent is there no more, or has begun anew. */
  onGone: (pod: string) => void;
  clock: Clock;
}

/** The most that agents give at once. */
const PAGE = 1_000;
/** Pages in one go: more than an agent remembers. */
const PAGES = 50;

/** One agent: its flows in their order, each once, and what it counted. */
export class AgentFeed {
  readonly #options: AgentFeedOptions;
  #pod: AgentPod;
  #instance: string | undefined;
  #next = 0;
  #report: ActivityReport | undefined;
  #heard: number | undefined;
  #failure: string | undefined;
  #asking: Promise<void> | undefined;

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
    const heard = this.#heard === undefined ? {} : { heard: new Date(this.#heard).toISOString() };
    const since = this.#report === undefined ? {} : { since: this.#report.since };
    const common = { pod: this.#pod.name, proxy: this.#pod.proxy, ...heard, ...since };
    if (this.#failure !== undefined) return { ...common, state: 'unreachable', message: this.#failure };
    return { ...common, state: this.#heard === undefined ? 'unasked' : 'answering' };
  }

  /** Asks for all that is new. Never rejects; asked again meanwhile it is the same question. */
  refresh(): Promise<void> {
    this.#asking ??= this.#refresh().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #refresh(): Promise<void> {
    try {
      await this.#followFlows();
      this.#report = parseReport(await this.#options.get(this.#pod, '/v1/activity'));
      this.#heard = this.#options.clock.now();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }

  async #followFlows(): Promise<void> {
    for (let left = PAGES; left > 0; left -= 1) {
      const page = await this.#page();
      const asked = this.#next;
      if (page.instance !== this.#instance) this.#beginAnew(page.instance);
      // What was asked for with another instance's number says nothing.
      if (this.#next !== asked) continue;
      this.#next = page.next;
      // What an agent forgot before it was first asked was not missed here.
      this.#options.onFlows(this.#pod.name, asked === 0 ? { ...page, dropped: 0 } : page);
      if (page.flows.length < PAGE) return;
    }
  }

  #beginAnew(instance: string): void {
    if (this.#instance !== undefined) this.#options.onGone(this.#pod.name);
    this.#instance = instance;
    this.#next = 0;
  }

  async #page(): Promise<FlowPage> {
    return parsePage(await this.#options.get(this.#pod, `/v1/flows?after=${this.#next}&limit=${PAGE}`));
  }
}

function parsePage(body: unknown): FlowPage {
  const { instance, next, flows, dropped } = (body ?? {}) as Partial<FlowPage>;
  if (typeof instance === 'string' && typeof next === 'number' && Array.isArray(flows)) {
    return { pod: '', instance, next, flows, dropped: dropped ?? 0 };
  }
  throw new TypeError('the agent answered something else than a page of flows');
}

function parseReport(body: unknown): ActivityReport {
  const report = body as Partial<ActivityReport> | null;
  if (typeof report?.namespaces === 'object' && typeof report.since === 'string')
    return report as ActivityReport;
  throw new TypeError('the agent answered something else than its activity');
}
