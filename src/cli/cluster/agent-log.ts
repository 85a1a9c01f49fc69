import { ApiError, type KubeClient, type LogOptions, type Pod, resources } from '../../kube/index.ts';
import { backoffMs, type Clock, sleep } from '../../time/index.ts';
import { LogPosition, type TimedLine } from '../logs/index.ts';

export interface AgentLogOptions {
  client: KubeClient;
  clock: Clock;
  /** RFC 3339, to the second; undefined: all that the node has. */
  since: string | undefined;
  onLine: (line: TimedLine) => void;
  /** Called once for each interruption. */
  onFailure: (error: unknown) => void;
  signal: AbortSignal;
}

const CONTAINER = 'agent';
/** Milliseconds between the end of a connection and the next, which failures double up to the longest. */
const RECONNECT = { baseMs: 500, maxMs: 3_000, random: Math.random };

/** The log of the agent in one pod, each line once. */
export class AgentLog {
  readonly #pod: Pod;
  readonly #options: AgentLogOptions;
  readonly #position: LogPosition;
  /** The container that was read last. */
  #instance: string | undefined;
  #failures = 0;

  constructor(pod: Pod, options: AgentLogOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#position = new LogPosition(options.since);
    this.#instance = instanceOf(pod);
  }

  /** Reads what there is. Rejects if the user may not. */
  async read(): Promise<void> {
    try {
      await this.#connect({});
    } catch (error) {
      this.#noteFailure(error);
    }
  }

  /** Reads until the pod is gone, the agent has ended for good, or the signal is aborted. Rejects if the user may not. */
  async follow(): Promise<void> {
    const { clock, signal } = this.#options;
    let continues = true;
    while (continues && !signal.aborted) {
      try {
        await this.#connect({ follow: true });
        this.#failures = 0;
        continues = await this.#readRestart();
      } catch (error) {
        this.#noteFailure(error);
      }
      await sleep(clock, backoffMs(this.#failures, RECONNECT), signal);
    }
  }

  /** After a restart, reads the rest of the container before. False if no container follows. */
  async #readRestart(): Promise<boolean> {
    const { client, signal } = this.#options;
    const pod = await client.find(resources.pods, addressOf(this.#pod), { signal });
    if (pod === undefined || pod.metadata.uid !== this.#pod.metadata.uid || hasEnded(pod)) return false;
    const instance = instanceOf(pod);
    if (instance !== this.#instance && this.#instance !== undefined) await this.#connect({ previous: true });
    this.#instance = instance;
    return true;
  }

  /** Reads to the end of the log, or of the connection. */
  async #connect(options: Pick<LogOptions, 'follow' | 'previous'>): Promise<void> {
    const { client, onLine, signal } = this.#options;
    const query = { container: CONTAINER, sinceTime: this.#position.since, signal, ...options };
    for await (const text of client.logLines(addressOf(this.#pod), query)) {
      const line = this.#position.advance(text);
      if (line !== undefined) onLine(line);
    }
  }

  /** Counts a failure. Throws one that no later attempt would change. */
  #noteFailure(error: unknown): void {
    if (this.#options.signal.aborted) return;
    if (isRefusal(error)) throw error;
    if (this.#failures === 0 && !hasNoLog(error)) this.#options.onFailure(error);
    this.#failures += 1;
  }
}

/** Whether the API server denies a request for want of a right. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** The container has not started yet (400), or the pod is gone. */
function hasNoLog(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 404);
}

function addressOf({ metadata: { namespace = '', name } }: Pod): { namespace: string; name: string } {
  return { namespace, name };
}

/** The container that runs as agent; it is another one after a restart. */
function instanceOf({ status }: Pod): string | undefined {
  return status?.initContainerStatuses?.find(({ name }) => name === CONTAINER)?.containerID;
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
