import { API_VERSION, type AuditRecord } from '../../src/api/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { apply, kubectl } from '../cluster/support/client-pods.ts';
import { FollowedAuditFiles } from '../cluster/support/exactness/audit-files.ts';
import { DetachedLoads, type LoadResult, runLoad } from '../cluster/support/load/load.ts';
import { until } from '../support/until.ts';
import { Admissions, CHANGING } from './admissions.ts';
import type { FaultStage } from './fault.ts';
import { CLIENTS, type Observed, type ObservedRequests } from './observed.ts';

export const ALLOWED = 'steady.example.com:443';
const TARGETS = { allowed: ALLOWED, refused: 'forbidden.example.com:443', changing: CHANGING };
/** Some hundred requests a second in all, which leaves the machine to what is tested. */
const RATE = { concurrency: CLIENTS, pauseMs: 100 };
/** Requests of each kind that are awaited before a fault and after it. */
const MORE = 30;

/** Requests and admissions that continue while a fault is made. */
export class SteadyLoad implements AsyncDisposable {
  readonly #stage: FaultStage;
  readonly #loads: DetachedLoads;
  readonly #admissions: Admissions;
  readonly #audit: FollowedAuditFiles;
  /** Requests of before belong to another fault. Milliseconds since the epoch; pods have the same clock. */
  readonly #begunAt: number;
  #hasEnded = false;

  private constructor(
    stage: FaultStage,
    audit: FollowedAuditFiles,
    begunAt: number,
    loads: DetachedLoads,
    admissions: Admissions,
  ) {
    this.#stage = stage;
    this.#audit = audit;
    this.#begunAt = begunAt;
    this.#loads = loads;
    this.#admissions = admissions;
  }

  static async start(stage: FaultStage, client: KubeClient): Promise<SteadyLoad> {
    const audit = new FollowedAuditFiles(stage.proxy.name, stage.proxy.namespace);
    // The first requests may be in the log when the command that starts the loads returns.
    const begunAt = Date.now();
    const loads = mapTargets((target) => ({ ...RATE, target }));
    const detached = await DetachedLoads.start(`${stage.namespace}/load`, loads);
    const load = new SteadyLoad(stage, audit, begunAt, detached, new Admissions(client, stage.namespace));
    await load.#goesOn();
    return load;
  }

  /** Resolves when so many more requests of each kind are in the audit log. */
  async #goesOn(): Promise<void> {
    const counts = () => Object.values(mapTargets((target) => this.#count(target, undefined).audited));
    const before = counts();
    const more = () => counts().every((count, index) => count >= (before[index] ?? 0) + MORE);
    await until(`${MORE} more requests of each kind`, more, undefined, { limitMs: 60_000, intervalMs: 200 });
  }

  /** Ends it when new rules take effect and requests continue, and says what was seen. */
  async end(): Promise<Observed> {
    const { pods, ruleSets } = await this.#admissions.end();
    const settledSeconds = await settle(this.#stage);
    await this.#goesOn();
    const results = await this.#loads.end();
    this.#hasEnded = true;
    const requests = await this.#audited(results);
    return { requests, pods, ruleSets, settledSeconds };
  }

  /** Waits for the audit lines: a line is printed a moment after its answer. What is missing then is a violation. */
  async #audited(results: Record<string, LoadResult>): Promise<Observed['requests']> {
    const count = () => mapTargets((target, name) => this.#count(target, results[name]));
    const complete = (requests: Observed['requests']) =>
      Object.values(requests).every(
        ({ counts, audited }) => audited >= (counts['200'] ?? 0) + (counts['403'] ?? 0),
      );
    return until('audit lines', count, complete, { limitMs: 60_000, intervalMs: 500 }).catch(count);
  }

  #count(target: string, result: LoadResult | undefined): ObservedRequests {
    const lines = this.#audit.read().filter((record) => this.#isOurs(record, target));
    const audited = new Set(lines.map(({ id }) => id)).size;
    const { counts = {}, slowestMs = 0 } = result ?? {};
    return { counts, slowestMs, audited, repeated: lines.length - audited };
  }

  #isOurs(record: AuditRecord, target: string): boolean {
    return (
      record.namespace === this.#stage.namespace &&
      record.pod === 'load' &&
      record.target === target &&
      Date.parse(record.time) >= this.#begunAt
    );
  }

  /** Ends everything after a fault that failed, too: what continued would be counted for the next one. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#audit[Symbol.dispose]();
    await this.#admissions.stop();
    if (!this.#hasEnded) await this.#loads.end();
  }
}

function mapTargets<T>(make: (target: string, name: string) => T): Record<keyof typeof TARGETS, T> {
  const entries = Object.entries(TARGETS).map(([name, target]) => [name, make(target, name)]);
  return Object.fromEntries(entries) as Record<keyof typeof TARGETS, T>;
}

let settled = 0;
const settledTarget = (number: number) => `settled-${number}.example.com:443`;

/** Allows a new name and withdraws the one of before: seconds until each replica decides so. */
async function settle({ namespace }: FaultStage): Promise<number> {
  settled += 1;
  const target = settledTarget(settled);
  const start = Date.now();
  const metadata = { name: 'changing', namespace };
  const ruleSet = { apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets: [target] } };
  await until('a rule set is admitted', () => apply(ruleSet).then(() => true), undefined, {
    limitMs: 60_000,
  });
  await kubectl(
    `wait -n ${namespace} --for=condition=Programmed egressruleset/changing --timeout=120s`,
    '',
    130,
  );
  const seconds = Math.round((Date.now() - start) / 1000);
  const asks = [
    [target, '200'],
    [settledTarget(settled - 1), '403'],
  ] as const;
  for (const [asked, status] of asks) {
    const { counts } = await runLoad(`${namespace}/load`, { target: asked, concurrency: 4, total: 16 });
    if (counts[status] !== 16)
      throw new Error(`${asked} is not answered by the newest rules: ${JSON.stringify(counts)}`);
  }
  return seconds;
}
