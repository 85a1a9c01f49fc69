import type { ActivityReport, RuleUse } from '../../api/index.ts';
import type { InstanceCounts } from '../../counts/index.ts';
import { parseRule } from '../../rules/index.ts';
import { Notifier } from './notifier.ts';

interface AgentReport {
  /** `namespace/name` of the pod. */
  pod: string;
  report: ActivityReport;
  /** When the run of the agent was found to be over, milliseconds of the monotonic clock; undefined while it runs. */
  endedAt: number | undefined;
}

/**
 * When each target of a rule set was last used, RFC 3339, by its index. The targets of a group are one entry, by the name of
 * the group.
 */
export type TargetUse = ReadonlyMap<number | string, string>;

/** The last report of each run of an agent. The counts of a run that is over are kept until they are merged everywhere. */
export class AgentReports {
  readonly #byInstance = new Map<string, AgentReport>();
  readonly #notifier = new Notifier<undefined>();
  #use: ReadonlyMap<string, TargetUse> = new Map();

  /** Calls the listener after each round of polls. */
  subscribe(listener: (change: undefined) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  /** Stores the answer of a pod's agent. */
  record(pod: string, report: ActivityReport, now: number): void {
    for (const known of this.#byInstance.values()) {
      if (known.pod === pod && known.report.instance !== report.instance) known.endedAt ??= now;
    }
    this.#byInstance.set(report.instance, { pod, report, endedAt: undefined });
  }

  /** Ends a round of polls. Only these pods exist; runs that ended before `forgetBefore` are forgotten. */
  endRound(pods: ReadonlySet<string>, now: number, forgetBefore: number): void {
    this.retain(pods, now, forgetBefore);
    this.#use = useBySet(this.ruleUse());
    this.#notifier.notify(undefined);
  }

  retain(pods: ReadonlySet<string>, now: number, forgetBefore: number): void {
    for (const [instance, known] of this.#byInstance) {
      if (!pods.has(known.pod)) known.endedAt ??= now;
      if ((known.endedAt ?? now) < forgetBefore) this.#byInstance.delete(instance);
    }
  }

  /** The namespaces that have counts. */
  namespaces(): Set<string> {
    return new Set([...this.#byInstance.values()].flatMap(({ report }) => Object.keys(report.namespaces)));
  }

  countsOf(namespace: string): InstanceCounts[] {
    return [...this.#byInstance.values()].flatMap(({ pod, report }) => {
      const counts = report.namespaces[namespace];
      return counts === undefined ? [] : [{ instance: report.instance, pod, counts }];
    });
  }

  /** Whether the pod's agent has begun another run. */
  isSuperseded({ pod, instance }: { pod: string; instance: string }): boolean {
    return [...this.#byInstance.values()].some(
      (known) => known.pod === pod && known.endedAt === undefined && known.report.instance !== instance,
    );
  }

  /** The latest use of each rule, by the rule as audit records name it. */
  ruleUse(): Map<string, string> {
    const latest = new Map<string, string>();
    for (const { report } of this.#byInstance.values()) {
      for (const [rule, { lastSeen }] of Object.entries(report.rules as Record<string, RuleUse>)) {
        if (lastSeen > (latest.get(rule) ?? '')) latest.set(rule, lastSeen);
      }
    }
    return latest;
  }

  /** The use of a rule set as of the last round, by the key of the set. */
  useOf(ruleSet: string): TargetUse {
    return this.#use.get(ruleSet) ?? new Map();
  }
}

/** The latest use of each target by the key of its rule set. A name that is not a rule's is ignored. */
export function useBySet(
  uses: Iterable<readonly [string, string]>,
): Map<string, Map<number | string, string>> {
  const bySet = new Map<string, Map<number | string, string>>();
  for (const [text, lastSeen] of uses) {
    const rule = parseRule(text);
    if (rule === undefined) continue;
    const set = rule.namespace === undefined ? rule.name : `${rule.namespace}/${rule.name}`;
    const targets = bySet.get(set) ?? new Map<number | string, string>();
    const key = rule.group ?? rule.index;
    if (lastSeen > (targets.get(key) ?? '')) targets.set(key, lastSeen);
    bySet.set(set, targets);
  }
  return bySet;
}
