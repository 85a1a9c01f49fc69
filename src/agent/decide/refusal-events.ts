import type { DecisionReason } from '../../api/index.ts';
import { type Budget, remember, TokenBuckets } from '../../bounded/index.ts';
import type { EventRecorder } from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';
import type { ClientPod } from '../state/index.ts';

/** Milliseconds after which an Event for the same refusal is recorded again. */
const REPEAT = 60 * 60_000;
const CAPACITY = 10_000;
/** Limits on Events for each pod, for each namespace and for all pods together: a noisy pod does not use up its neighbours' Events. */
const BUDGETS = {
  pod: { burst: 10, refillMs: 30_000 },
  namespace: { burst: 20, refillMs: 5000 },
  all: { burst: 200, refillMs: 200 },
} as const satisfies Record<string, Budget>;

/** Records a pod's first refusal for each target as an Event on the pod. */
export class RefusalEvents {
  readonly #recorder: Pick<EventRecorder, 'record'>;
  readonly #clock: Clock;
  readonly #recorded = new Map<string, number>();
  readonly #perPod = new TokenBuckets(BUDGETS.pod, CAPACITY);
  readonly #perNamespace = new TokenBuckets(BUDGETS.namespace, CAPACITY);
  readonly #all = new TokenBuckets(BUDGETS.all, CAPACITY);

  constructor(recorder: Pick<EventRecorder, 'record'>, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  record({ metadata }: ClientPod, target: string, reason: DecisionReason, message: string): void {
    const now = this.#clock.monotonic();
    const key = `${metadata.uid} ${target}`;
    if ((this.#recorded.get(key) ?? 0) > now || !this.#take(metadata, now)) return;
    remember(this.#recorded, key, now + REPEAT, CAPACITY);
    const { name, namespace, uid } = metadata;
    this.#recorder.record(
      { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid } },
      'Warning',
      reason,
      message,
    );
  }

  #take({ uid, namespace }: ClientPod['metadata'], now: number): boolean {
    const charged = [
      { buckets: this.#perPod, key: uid },
      { buckets: this.#perNamespace, key: namespace },
      { buckets: this.#all, key: '' },
    ];
    if (!charged.every(({ buckets, key }) => buckets.has(key, now))) return false;
    for (const { buckets, key } of charged) buckets.take(key, now);
    return true;
  }
}
