import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION, type EgressRuleSet } from '../../../src/api/index.ts';
import type { KubeClient } from '../../../src/kube/index.ts';

/** Rewrites a rule set until it is stopped: each time with a new name, every other time with the one that is asked for. */
export class RuleChanges {
  count = 0;
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #asked: string;
  readonly #pauseMs: number;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(client: KubeClient, namespace: string, asked: string, pauseMs = 50) {
    this.#client = client;
    this.#namespace = namespace;
    this.#asked = asked;
    this.#pauseMs = pauseMs;
    this.#done = this.#change();
    // Set by stop().
    this.#done.catch(() => {});
  }

  async #change(): Promise<void> {
    for (; !this.#stop.signal.aborted; await sleep(this.#pauseMs)) {
      const targets = [
        `changing-${this.count}.example.com:443`,
        ...(this.count % 2 === 0 ? [this.#asked] : []),
      ];
      if (await this.#apply(targets)) this.count += 1;
    }
  }

  /** False where nothing was changed: on a machine that is this busy the webhook's answer can come too late. */
  async #apply(targets: string[]): Promise<boolean> {
    const changed: EgressRuleSet = {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { name: 'changing', namespace: this.#namespace },
      spec: { targets },
    };
    try {
      await this.#client.apply(changed, { fieldManager: 'acceptance', force: true });
      return true;
    } catch (error) {
      if (String(error).includes('failed calling webhook')) return false;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
