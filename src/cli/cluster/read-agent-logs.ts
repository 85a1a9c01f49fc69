import type { Pod } from '../../kube/index.ts';
import { sleep } from '../../time/index.ts';
import { LineMerger } from '../logs/index.ts';
import { AgentLog, type AgentLogOptions, isRefusal } from './agent-log.ts';

export interface AgentLogsOptions<Item> extends Omit<AgentLogOptions, 'onLine' | 'onFailure'> {
  /** The pods of the proxies as they are now. */
  pods: () => Promise<readonly Pod[]>;
  /** Continues with what comes, in pods that come too, until `signal` is aborted. */
  follow: boolean;
  /** What is shown of a line; undefined: nothing. */
  select: (text: string) => Item | undefined;
  /** Called if a log cannot be read; with `follow` once for each interruption. */
  onFailure: (pod: string, error: unknown) => void;
}

/** Milliseconds that lines wait for those of other pods. */
const PATIENCE = 1_000;
/** Milliseconds between two looks for lines that are due. */
const TICK = 200;
/** Milliseconds between two looks for pods: far less than a proxy pod lives. */
const POLL = 3_000;

/**
 * Yields what is selected of the agents' logs of several pods, by time, each line once. Throws ApiError or UnreachableError if
 * the pods cannot be listed or the user may not read their logs.
 */
export async function* readAgentLogs<Item>(options: AgentLogsOptions<Item>): AsyncGenerator<Item> {
  const { clock, follow, signal } = options;
  const reading = new LogReading(options);
  await reading.begin();
  let lookedAt = clock.monotonic();
  try {
    while (!signal.aborted && reading.hasMore) {
      yield* reading.take();
      await sleep(clock, TICK, signal);
      if (!follow || clock.monotonic() - lookedAt < POLL) continue;
      lookedAt = clock.monotonic();
      await reading.lookForPods();
    }
    yield* reading.take();
  } finally {
    reading.stop();
  }
}

class LogReading<Item> {
  readonly #options: AgentLogsOptions<Item>;
  readonly #merger: LineMerger<Item>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** By UID: a pod of a name can follow another of that name. */
  readonly #known = new Set<string>();
  #running = 0;
  #fault: unknown;

  constructor(options: AgentLogsOptions<Item>) {
    this.#options = options;
    this.#merger = new LineMerger(options.follow ? PATIENCE : Number.POSITIVE_INFINITY);
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  /** Throws what ended a log that cannot be continued. */
  get hasMore(): boolean {
    if (this.#fault !== undefined) throw this.#fault;
    return this.#options.follow || this.#running > 0;
  }

  take(): Item[] {
    return this.#merger.take(this.#options.clock.monotonic());
  }

  stop(): void {
    this.#stop.abort(new Error('stopped'));
  }

  async begin(): Promise<void> {
    for (const pod of await this.#options.pods()) this.#read(pod);
  }

  async lookForPods(): Promise<void> {
    try {
      await this.begin();
    } catch (error) {
      if (isRefusal(error)) throw error;
      // The readers of the known pods say that the API server is away.
    }
  }

  #read(pod: Pod): void {
    const { follow, clock, select, onFailure } = this.#options;
    const { uid = '', name } = pod.metadata;
    if (this.#known.has(uid)) return;
    this.#known.add(uid);
    this.#running += 1;
    this.#merger.open(uid, clock.monotonic());
    const log = new AgentLog(pod, {
      ...this.#options,
      signal: this.#signal,
      onFailure: (error) => onFailure(name, error),
      onLine: ({ time, text }) => {
        const item = select(text);
        this.#merger.push(uid, { time, ...(item !== undefined && { item }) }, clock.monotonic());
      },
    });
    (follow ? log.follow() : log.read())
      .catch((error) => {
        this.#fault ??= error;
      })
      .finally(() => {
        this.#merger.close(uid);
        this.#running -= 1;
      });
  }
}
