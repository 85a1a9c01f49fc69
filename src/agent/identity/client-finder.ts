import type { Mode, TlsServerName } from '../../api/index.ts';
import { isOwnPod, podExclusion, proxyReference } from '../../injection/index.ts';
import {
  DEFAULT_IDENTITY_HOLD_SECONDS,
  DEFAULT_PENDING,
  DEFAULT_PENDING_PER_SOURCE,
} from '../../proxy/index.ts';
import {
  type Client,
  type PodClient,
  parseAddress,
  rangeIncludes,
  readableRanges,
} from '../../rules/index.ts';
import type { Clock } from '../../time/index.ts';
import type { ClientPod, PolicyState } from '../state/index.ts';
import type { Holds } from './holds.ts';

/** The client at an address. */
export type FoundClient =
  | { kind: 'pod'; client: Client; pod: ClientPod; tlsServerName: TlsServerName }
  | { kind: 'range'; client: Client }
  /** A pod that this proxy does not serve. */
  | { kind: 'notServed'; client: Client; pod: ClientPod }
  /** Neither a known pod nor in a client range. */
  | { kind: 'unknown' }
  /** Too many requests already wait for clients. */
  | { kind: 'tooMany' };

/** A client of a namespace that this proxy does not serve is refused whatever its mode. */
const clientModes = {
  enforce: 'enforce',
  blocked: 'blocked',
  observe: 'observe',
  none: 'enforce',
} as const satisfies Record<Mode, PodClient['mode']>;

type Lookup = FoundClient | { kind: 'wait' };

/** Finds the client at an address. A new pod sends requests before the API shows its address, so they wait for it. */
export class ClientFinder {
  readonly #policy: PolicyState;
  readonly #holds: Holds;
  readonly #clock: Clock;

  constructor(policy: PolicyState, holds: Holds, clock: Clock) {
    this.#policy = policy;
    this.#holds = holds;
    this.#clock = clock;
  }

  /** Returns a known client immediately, without a promise. */
  find(source: string): FoundClient | Promise<FoundClient> {
    const found = this.#lookUp(source);
    return found.kind === 'wait' ? this.#wait(source) : found;
  }

  /** As `find`, without waiting. */
  findNow(source: string): FoundClient {
    const found = this.#lookUp(source);
    return found.kind === 'wait' ? { kind: 'unknown' } : found;
  }

  async #wait(source: string): Promise<FoundClient> {
    const { identityHoldSeconds = DEFAULT_IDENTITY_HOLD_SECONDS, limits = {} } =
      this.#policy.proxy?.spec ?? {};
    const { pendingPerSource = DEFAULT_PENDING_PER_SOURCE, pending = DEFAULT_PENDING } = limits;
    const until = this.#clock.monotonic() + identityHoldSeconds * 1000;
    for (;;) {
      const outcome = await this.#holds.wait(source, until, { perSource: pendingPerSource, total: pending });
      if (outcome === 'tooMany') return { kind: 'tooMany' };
      if (outcome === 'expired') return { kind: 'unknown' };
      const found = this.#lookUp(source);
      if (found.kind !== 'wait') return found;
    }
  }

  #lookUp(source: string): Lookup {
    const pod = this.#policy.podAt(source);
    if (pod !== undefined) return this.#lookUpPod(pod);
    const address = parseAddress(source);
    if (address === undefined) return { kind: 'unknown' };
    // Before the client ranges: they may include the pods' range, and a pod must not get what is meant for nodes.
    const podRanges = readableRanges(this.#policy.proxy?.status?.discovered?.podCIDRs ?? []);
    if (podRanges.some((range) => rangeIncludes(range, address))) return { kind: 'wait' };
    if (this.#policy.ruleSets.servesAddress(address))
      return { kind: 'range', client: { kind: 'range', address } };
    // Some CNIs give pods addresses outside of the nodes' podCIDRs. What is seen only decides whether to wait.
    const mayBePod = podRanges.length === 0 || this.#policy.isPodNetwork(source);
    return { kind: mayBePod ? 'wait' : 'unknown' };
  }

  /** Waits for the pod's namespace, which may become known shortly after the pod. */
  #lookUpPod(pod: ClientPod): Lookup {
    const { namespace: name, name: podName, labels } = pod.metadata;
    const namespace = this.#policy.namespace(name);
    if (namespace === undefined) return { kind: 'wait' };
    const served = this.#policy.served(namespace);
    const client = {
      kind: 'pod' as const,
      namespace: name,
      namespaceLabels: namespace.metadata.labels,
      name: podName,
      labels,
      mode: clientModes[served.mode],
      ...(served.kind === 'served' && served.block !== undefined && { block: served.block }),
      selected: podExclusion(labels, served) === undefined,
    };
    const { proxy } = this.#policy;
    const isOurs =
      served.kind === 'served' &&
      proxy !== undefined &&
      (proxyReference(served.proxy) === proxyReference(proxy) || this.#policy.isFormerClient(pod));
    return isOurs && !isOwnPod(labels, served)
      ? { kind: 'pod', client, pod, tlsServerName: served.tlsServerName }
      : { kind: 'notServed', client, pod };
  }
}
