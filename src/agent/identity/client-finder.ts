import { isOwnPod, podExclusion, proxyReference } from '../../injection/index.ts';
import { type Client, parseAddress, rangeIncludes, readableRanges } from '../../rules/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { ClientPod } from './client-pod.ts';
import type { Holds } from './holds.ts';

/** Who asks. */
export type FoundClient =
  | { kind: 'pod'; client: Client; pod: ClientPod }
  | { kind: 'range'; client: Client }
  /** A pod that this proxy does not serve. */
  | { kind: 'notServed'; client: Client; pod: ClientPod }
  /** No pod that is known by now, and no client range. */
  | { kind: 'unknown' }
  | { kind: 'tooMany' };

type Look = FoundClient | { kind: 'wait' };

const HOLD_SECONDS = 5;
const PENDING_PER_SOURCE = 64;
const PENDING = 4096;

/** Finds the client behind an address. A fresh pod talks before the API shows its address, so it is waited for. */
export class ClientFinder {
  readonly #knowledge: Knowledge;
  readonly #holds: Holds;
  readonly #clock: Clock;

  constructor(knowledge: Knowledge, holds: Holds, clock: Clock) {
    this.#knowledge = knowledge;
    this.#holds = holds;
    this.#clock = clock;
  }

  /** A client that is known is found at once, without a promise. */
  find(source: string): FoundClient | Promise<FoundClient> {
    const look = this.#look(source);
    return look.kind === 'wait' ? this.#wait(source) : look;
  }

  /** Who is known at an address now; nobody is waited for. */
  known(source: string): FoundClient {
    const look = this.#look(source);
    return look.kind === 'wait' ? { kind: 'unknown' } : look;
  }

  async #wait(source: string): Promise<FoundClient> {
    const { identityHoldSeconds = HOLD_SECONDS, limits = {} } = this.#knowledge.proxy?.spec ?? {};
    const { pendingPerSource = PENDING_PER_SOURCE, pending = PENDING } = limits;
    const until = this.#clock.monotonic() + identityHoldSeconds * 1000;
    for (;;) {
      const outcome = await this.#holds.wait(source, until, { perSource: pendingPerSource, total: pending });
      if (outcome === 'tooMany') return { kind: 'tooMany' };
      if (outcome === 'expired') return { kind: 'unknown' };
      const look = this.#look(source);
      if (look.kind !== 'wait') return look;
    }
  }

  #look(source: string): Look {
    const pod = this.#knowledge.podAt(source);
    if (pod !== undefined) return this.#lookAtPod(pod);
    const address = parseAddress(source);
    if (address === undefined) return { kind: 'unknown' };
    // Before the client ranges: these may hold the pods' range, and a pod gets nothing that is meant for nodes.
    const podRanges = readableRanges(this.#knowledge.proxy?.status?.discovered?.podCIDRs ?? []);
    if (podRanges.some((range) => rangeIncludes(range, address))) return { kind: 'wait' };
    if (this.#knowledge.book.servesAddress(address))
      return { kind: 'range', client: { kind: 'range', address } };
    return podRanges.length === 0 ? { kind: 'wait' } : { kind: 'unknown' };
  }

  /** A pod's namespace can come to be known a moment after the pod. */
  #lookAtPod(pod: ClientPod): Look {
    const { namespace: name, name: podName, labels } = pod.metadata;
    const namespace = this.#knowledge.namespace(name);
    if (namespace === undefined) return { kind: 'wait' };
    const served = this.#knowledge.served(namespace);
    const client = {
      kind: 'pod' as const,
      namespace: name,
      namespaceLabels: namespace.metadata.labels ?? {},
      name: podName,
      labels,
      mode: served.mode === 'observe' ? ('observe' as const) : ('enforce' as const),
      selected: podExclusion(labels, served) === undefined,
    };
    const { proxy } = this.#knowledge;
    const ours =
      served.kind === 'served' &&
      proxy !== undefined &&
      (proxyReference(served.proxy) === proxyReference(proxy) || this.#knowledge.isFormerClient(pod));
    return { kind: ours && !isOwnPod(labels, served) ? 'pod' : 'notServed', client, pod };
  }
}
