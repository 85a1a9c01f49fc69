import { remember } from '../../bounded/index.ts';
import { SQUID_FILE_DESCRIPTORS } from '../../proxy/index.ts';
import type { GateReport } from './gate-report.ts';

/** Ended tunnels whose report log files may still need: each reads Squid's log at its own pace. */
const ENDED = 10_000;

/** The gate's reports, each from its arrival until long after the audit line of its tunnel is printed. */
export class GateReports {
  readonly #open = new Map<string, GateReport>();
  readonly #ended = new Map<string, GateReport>();
  readonly #onNew: (report: GateReport) => void;

  /** `onNew`: once for each tunnel; the gate repeats the reports of open tunnels to an agent that connects again. */
  constructor(onNew: (report: GateReport) => void = () => {}) {
    this.#onNew = onNew;
  }

  add(report: GateReport): void {
    const isNew = this.get(report.id) === undefined;
    remember(this.#open, report.id, report, SQUID_FILE_DESCRIPTORS);
    if (isNew) this.#onNew(report);
  }

  get(id: string): GateReport | undefined {
    return this.#open.get(id) ?? this.#ended.get(id);
  }

  /** The audit line of the tunnel was printed. */
  end(id: string): void {
    const report = this.#open.get(id);
    if (report === undefined) return;
    this.#open.delete(id);
    remember(this.#ended, id, report, ENDED);
  }
}
