import type { DecisionReason } from '../../api/index.ts';
import type { EventRecorder } from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';
import type { ClientPod } from '../state/index.ts';

/** Milliseconds after which an Event for the same refusal is recorded again. */
const REPEAT = 60 * 60_000;
const CAPACITY = 10_000;
/** Events in a burst, and milliseconds per further Event, for all pods together. */
const BURST = 50;
const REFILL = 200;

/** Records a pod's first refusal for each target as an Event on the pod. */
export class RefusalEvents {
  readonly #recorder: Pick<EventRecorder, 'record'>;
  readonly #clock: Clock;
  readonly #recorded = new Map<string, number>();
  #tokens = BURST;
  #refilledAt: number;

  constructor(recorder: Pick<EventRecorder, 'record'>, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#refilledAt = clock.monotonic();
  }

  record({ metadata }: ClientPod, target: string, reason: DecisionReason, message: string): void {
    const now = this.#clock.monotonic();
    const key = `${metadata.uid} ${target}`;
    if ((this.#recorded.get(key) ?? 0) > now || !this.#take(now)) return;
    this.#recorded.delete(key);
    this.#recorded.set(key, now + REPEAT);
    const [oldest] = this.#recorded.keys();
    if (this.#recorded.size > CAPACITY && oldest !== undefined) this.#recorded.delete(oldest);
    const { name, namespace, uid } = metadata;
    this.#recorder.record(
      { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid } },
      'Warning',
      reason,
      message,
    );
  }

  #take(now: number): boolean {
    const refilled = Math.floor((now - this.#refilledAt) / REFILL);
    this.#tokens = Math.min(BURST, this.#tokens + refilled);
    this.#refilledAt += refilled * REFILL;
    if (this.#tokens === 0) return false;
    this.#tokens -= 1;
    return true;
  }
}
