import { type Decision, formatDestination } from '../../rules/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Resolver } from '../dns/index.ts';
import type { ClientLimits } from '../limits/index.ts';
import type { AgentMetrics } from '../metrics/index.ts';
import type { OpenRequests } from '../open-requests/index.ts';
import type { AclRequest, Reuse } from '../squid-acl/index.ts';
import type { OpenTunnels } from '../tunnels/index.ts';
import type { Upstreams } from '../upstream/index.ts';
import type { Evaluation } from './evaluate.ts';
import { type Outcome, podOf } from './outcome.ts';
import { openedTunnel } from './outline-request.ts';
import type { RefusalEvents } from './refusal-events.ts';

export interface DecisionEffectsOptions {
  names: Pick<Resolver, 'allow'>;
  upstreams: Pick<Upstreams, 'used'>;
  requests: Pick<OpenRequests, 'open'>;
  tunnels: Pick<OpenTunnels, 'open' | 'openUnlessEnded'>;
  limits: Pick<ClientLimits, 'used' | 'reused'>;
  events: Pick<RefusalEvents, 'record'>;
  metrics: Pick<AgentMetrics, 'decided'>;
  clock: Clock;
}

interface Allowed {
  id: string;
  sourcePort: number;
  /** Milliseconds from the request to its answer. */
  waitedMs: number;
}

/** Everything that a decision changes. */
export class DecisionEffects {
  readonly #options: DecisionEffectsOptions;

  constructor(options: DecisionEffectsOptions) {
    this.#options = options;
  }

  /** Once for each evaluation, before its answer. */
  evaluated({ route }: Evaluation): void {
    if (route?.kind === 'parents') this.#options.upstreams.used(route.names);
  }

  /** Before an allow is answered: Squid may resolve the name, and a request or tunnel opens. */
  allowed({ evaluation, inputs, outline }: Outcome, { id, sourcePort: port, waitedMs }: Allowed): void {
    const { names, requests, tunnels, limits, clock } = this.#options;
    const now = clock.now();
    if (inputs.resolved !== undefined) names.allow(inputs.resolved.name);
    if (outline !== undefined) {
      requests.open(id, outline, { port, time: now, arrivedAt: now - waitedMs });
      if (outline.opensTunnel) tunnels.open(openedTunnel(outline, { id, port, now }));
    }
    if ('client' in evaluation.found) limits.used(evaluation.found.client);
  }

  /** Before a deny is answered: an Event on the client's pod. */
  denied({ decision, found }: Evaluation, { host }: AclRequest, text: string): void {
    const pod = podOf(found);
    if (pod === undefined) return;
    this.#options.events.record(pod, eventTarget(decision, host), decision.reason, text);
  }

  /** Counts a decision; `seconds` from request to answer. */
  decided({ decision, found }: Evaluation, seconds: number): void {
    this.#options.metrics.decided(
      podOf(found)?.metadata.namespace,
      decision.verdict,
      decision.reason,
      seconds,
    );
  }

  /** The relay reused an allow. Records what our own answer would have: the metric and what opened. */
  reused({ evaluation, outline }: Outcome, { id, sourcePort: port, time }: Reuse): void {
    const { limits, requests, tunnels } = this.#options;
    if (outline !== undefined) {
      requests.open(id, outline, { port, time });
      if (outline.opensTunnel)
        tunnels.openUnlessEnded(id, () => openedTunnel(outline, { id, port, now: time }));
    }
    if ('client' in evaluation.found) limits.reused(evaluation.found.client);
    // The relay's own time is too short to be measured.
    this.decided(evaluation, 0);
  }
}

/** What the Events of a pod are counted by. A limit has one Event for all targets: it is not about any of them. */
function eventTarget({ reason, destination }: Decision, host: string): string {
  if (reason === 'RateLimited' || reason === 'TooManyConnections') return reason;
  return destination === undefined ? host : formatDestination(destination);
}
