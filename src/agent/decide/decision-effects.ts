import { type Decision, formatDestination } from '../../rules/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Resolver } from '../dns/index.ts';
import { type ClientLimits, ownerOf } from '../limits/index.ts';
import type { AgentMetrics } from '../metrics/index.ts';
import { peerKey } from '../peer-key.ts';
import type { AclRequest, Reuse } from '../squid-acl/index.ts';
import type { OpenTunnels } from '../tunnels/index.ts';
import type { Upstreams } from '../upstream/index.ts';
import { openedTunnel } from './describe-tunnel.ts';
import type { Evaluation } from './evaluate.ts';
import { type Outcome, podOf } from './outcome.ts';
import type { RefusalEvents } from './refusal-events.ts';

export interface DecisionEffectsOptions {
  names: Pick<Resolver, 'allow'>;
  upstreams: Pick<Upstreams, 'used'>;
  tunnels: Pick<OpenTunnels, 'open' | 'openUnlessEnded'>;
  limits: Pick<ClientLimits, 'begin' | 'reused'>;
  events: Pick<RefusalEvents, 'record'>;
  metrics: Pick<AgentMetrics, 'decided'>;
  clock: Clock;
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

  /** Before an allow is answered: Squid may resolve the name, and a tunnel opens. */
  allowed(outcome: Outcome, { id, sourcePort }: Pick<Reuse, 'id' | 'sourcePort'>): void {
    const { inputs, tunnel } = outcome;
    const { names, tunnels, clock } = this.#options;
    if (inputs.resolved !== undefined) names.allow(inputs.resolved.name);
    if (tunnel === undefined) this.#beginRequest(outcome, id, sourcePort);
    else tunnels.open(openedTunnel(tunnel, { id, port: sourcePort, now: clock.now() }));
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

  /** The relay reused an allow. Records what our own answer would have: the metric and the open tunnel. */
  reused(outcome: Outcome, { id, sourcePort, time }: Reuse): void {
    const { evaluation, tunnel } = outcome;
    const { limits, tunnels } = this.#options;
    if (tunnel === undefined) this.#beginRequest(outcome, id, sourcePort);
    else tunnels.openUnlessEnded(id, () => openedTunnel(tunnel, { id, port: sourcePort, now: time }));
    if ('client' in evaluation.found) limits.reused(evaluation.found.client);
    // The relay's own time is too short to be measured.
    this.decided(evaluation, 0);
  }

  /** A tunnel is counted when it opens; a plain request here. */
  #beginRequest({ evaluation: { found }, source }: Outcome, id: string, sourcePort: number): void {
    if ('client' in found) this.#options.limits.begin(id, ownerOf(found.client), peerKey(source, sourcePort));
  }
}

/** What the Events of a pod are counted by. A limit has one Event for all targets: it is not about any of them. */
function eventTarget({ reason, destination }: Decision, host: string): string {
  if (reason === 'RateLimited' || reason === 'TooManyConnections') return reason;
  return destination === undefined ? host : formatDestination(destination);
}
