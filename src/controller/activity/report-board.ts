import type { ActivityReport, RuleUse } from '../../api/index.ts';
import type { InstanceCounts } from '../../counts/index.ts';

interface Heard {
  /** `namespace/name` of the pod. */
  pod: string;
  report: ActivityReport;
  /** When its run was found to be over, on the monotonic clock; undefined while it goes on. */
  endedAt: number | undefined;
}

/** The last report of each agent. What a run that is over has counted is still to be merged into every namespace. */
export class ReportBoard {
  readonly #byInstance = new Map<string, Heard>();

  /** A pod's agent has answered. */
  hear(pod: string, report: ActivityReport, now: number): void {
    for (const heard of this.#byInstance.values()) {
      if (heard.pod === pod && heard.report.instance !== report.instance) heard.endedAt ??= now;
    }
    this.#byInstance.set(report.instance, { pod, report, endedAt: undefined });
  }

  /** Only these pods are there. Runs that have been over since before `forgetBefore` are forgotten. */
  retain(pods: ReadonlySet<string>, now: number, forgetBefore: number): void {
    for (const [instance, heard] of this.#byInstance) {
      if (!pods.has(heard.pod)) heard.endedAt ??= now;
      if ((heard.endedAt ?? now) < forgetBefore) this.#byInstance.delete(instance);
    }
  }

  namespaces(): Set<string> {
    return new Set([...this.#byInstance.values()].flatMap(({ report }) => Object.keys(report.namespaces)));
  }

  of(namespace: string): InstanceCounts[] {
    return [...this.#byInstance.values()].flatMap(({ pod, report }) => {
      const counts = report.namespaces[namespace];
      return counts === undefined ? [] : [{ instance: report.instance, pod, counts }];
    });
  }

  /** Whether the pod's agent is known to have begun another run. */
  isSuperseded({ pod, instance }: { pod: string; instance: string }): boolean {
    return [...this.#byInstance.values()].some(
      (heard) => heard.pod === pod && heard.endedAt === undefined && heard.report.instance !== instance,
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
}
