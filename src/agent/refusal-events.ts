import type { DecisionReason } from '../api/index.ts';
import type { EventRecorder } from '../kube/index.ts';
import type { Clock } from '../time/index.ts';
import type { ClientPod } from './identity/client-pod.ts';

/** Milliseconds after which a refusal is news again. */
const FORGOTTEN = 60 * 60_000;
const CAPACITY = 10_000;
/** Events at once, and milliseconds until one more: however many pods meet however many refusals. */
const BURST = 50;
const REFILL = 200;

/** Tells a pod's owners of its first refusal for each target, as an Event on the pod. */
export class RefusalEvents {
  readonly #recorder: Pick<EventRecorder, 'record'>;
  readonly #clock: Clock;
  readonly #told = new Map<string, number>();
  #tokens = BURST;
  #refilledAt: number;

  constructor(recorder: Pick<EventRecorder, 'record'>, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#refilledAt = clock.monotonic();
  }

  tell({ metadata }: ClientPod, target: string, reason: DecisionReason, message: string): void {
    const now = this.#clock.monotonic();
    const key = `${metadata.uid} ${target}`;
    if ((this.#told.get(key) ?? 0) > now || !this.#take(now)) return;
    this.#told.delete(key);
    this.#told.set(key, now + FORGOTTEN);
    const [oldest] = this.#told.keys();
    if (this.#told.size > CAPACITY && oldest !== undefined) this.#told.delete(oldest);
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
