import { setTimeout as sleep } from 'node:timers/promises';
import { ACTIVITY_NAME, API_VERSION } from '../../src/api/index.ts';
import { type CoreEvent, type KubeClient, type Pod, resources } from '../../src/kube/index.ts';
import { RepeatedAttempt } from '../support/repeated-attempt.ts';
import { until } from '../support/until.ts';
import type { Observed } from './observed.ts';
import { unreportedOf } from './reported-pods.ts';

/** Milliseconds between two attempts of a kind, and for one. */
const PAUSE = 400;
const PATIENCE = 10_000;

/** A name that changes: each second rule set allows it. */
export const CHANGING = 'changing.example.com:443';

/**
 * Admissions, one after the other: real pods, which a scheduling gate keeps from every node; rule sets right and wrong;
 * and a rule set that is changed. An attempt fails while the API server or the webhook does not answer.
 */
export class Admissions {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #attempts: RepeatedAttempt[];
  readonly #ruleSets = { admitted: 0, notAdmitted: 0, wrongAdmitted: 0 };
  #podsNotAdmitted = 0;
  #made = 0;

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
    const every = (name: string, attempt: () => Promise<void>) =>
      new RepeatedAttempt(name, async () => {
        await attempt();
        await sleep(PAUSE);
        return true;
      });
    this.#attempts = [
      every('pod', () => this.#createPod()),
      every('rule set', () => this.#writeRuleSet()),
      every('wrong rule set', () => this.#writeWrongRuleSet()),
    ];
  }

  async #createPod(): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/pods`;
    const metadata = { generateName: 'admitted-', labels: GATED };
    const spec = { schedulingGates: [{ name: 'kube-egress.test/never' }], containers: [CONTAINER] };
    const created = this.#client.raw(path, { method: 'POST', body: { metadata, spec }, timeoutMs: PATIENCE });
    if (!(await isTaken(created))) this.#podsNotAdmitted += 1;
  }

  async #writeRuleSet(): Promise<void> {
    this.#made += 1;
    const targets = [`made-${this.#made}.example.com:443`, ...(this.#made % 2 === 0 ? [CHANGING] : [])];
    if (await this.#applyRuleSet('changing', targets)) this.#ruleSets.admitted += 1;
    else this.#ruleSets.notAdmitted += 1;
  }

  /** Only the webhook knows that it is wrong. */
  async #writeWrongRuleSet(): Promise<void> {
    if (await this.#applyRuleSet('wrong', ['example.com:99999'])) this.#ruleSets.wrongAdmitted += 1;
  }

  #applyRuleSet(name: string, targets: readonly string[]): Promise<boolean> {
    const metadata = { name, namespace: this.#namespace };
    const ruleSet = { apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets } };
    return isTaken(this.#client.apply(ruleSet, { fieldManager: 'faults', force: true, timeoutMs: PATIENCE }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#attempts.map((attempt) => attempt.stop()));
  }

  /** Removes its pods when each is known to be right or reported; those that are not after a minute are named. */
  async end(): Promise<Pick<Observed, 'pods' | 'ruleSets'>> {
    await this.stop();
    const pods = await this.#pods();
    const without = pods.filter((pod) => !JSON.stringify(pod.spec).includes('HTTPS_PROXY'));
    const names = without.map(({ metadata }) => metadata.name ?? '');
    const unreported = await this.#unreported(names);
    await this.#removePods();
    const right = pods.length - without.length;
    const reported = names.length - unreported.length;
    return {
      pods: { right, reported, unreported, notAdmitted: this.#podsNotAdmitted },
      ruleSets: this.#ruleSets,
    };
  }

  async #pods(): Promise<Pod[]> {
    const selection = { namespace: this.#namespace, labelSelector: 'kube-egress.test/gated' };
    return (await this.#client.list(resources.pods, selection)).items;
  }

  async #unreported(names: readonly string[]): Promise<string[]> {
    const look = async () => {
      const namespace = this.#namespace;
      const { items: events } = await this.#client.list<CoreEvent>(resources.events, { namespace });
      const activity = await this.#client.get(resources.egressActivities, { namespace, name: ACTIVITY_NAME });
      const injected = activity.status?.conditions?.find(({ type }) => type === 'Injected');
      return unreportedOf(names, { events, injected });
    };
    const none = (unreported: readonly string[]) => unreported.length === 0;
    return until('each pod without variables is reported', look, none, { limitMs: 60_000 }).catch(look);
  }

  async #removePods(): Promise<void> {
    const query = { labelSelector: 'kube-egress.test/gated', gracePeriodSeconds: 0 };
    await this.#client.raw(`/api/v1/namespaces/${this.#namespace}/pods`, { method: 'DELETE', query });
  }
}

/** Whether the API server took what was written. */
const isTaken = (written: Promise<unknown>): Promise<boolean> =>
  written.then(
    () => true,
    () => false,
  );

const GATED = { 'kube-egress.test/gated': 'true' };
const CONTAINER = { name: 'app', image: 'app' };
