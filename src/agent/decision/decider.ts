import {
  type Allowed,
  checkResolved,
  type Decision,
  type DecisionSettings,
  decide,
  deny,
  type EgressRequest,
  type ExplainedRequest,
  explainRefusal,
  formatDestination,
  refusal,
  type Snapshot,
} from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { isDialable } from '../dns/dialable.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { ClientFinder, FoundClient } from '../identity/client-finder.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { AgentMetrics } from '../metrics.ts';
import type { RefusalEvents } from '../refusal-events.ts';
import {
  type AclRequest,
  formatAclAnswer,
  formatLease,
  formatNotes,
  parseAclRequest,
  type Reuse,
} from '../squid-acl/index.ts';
import type { OpenTunnels } from '../tunnels/index.ts';
import type { Route } from '../upstream/plan-route.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { composeNotes } from './compose-notes.ts';
import { DecisionMemo, type Grounds } from './decision-memo.ts';
import { openedTunnel, outlineTunnel, type TunnelOutline } from './describe-tunnel.ts';
import { GivenAnswers } from './given-answers.ts';
import { IdSequence } from './id-sequence.ts';

export interface DeciderOptions {
  knowledge: Knowledge;
  finder: Pick<ClientFinder, 'find'>;
  resolver: Pick<
    Resolver,
    'addresses' | 'known' | 'holdsFor' | 'isUnanswered' | 'open' | 'isParent' | 'parentsSettled'
  >;
  upstreams: Pick<Upstreams, 'route'>;
  tunnels: Pick<OpenTunnels, 'open' | 'openLate'>;
  events: Pick<RefusalEvents, 'tell'>;
  metrics: Pick<AgentMetrics, 'decided'>;
  clock: Clock;
  log: Log;
}

/** A decision with what it took. */
interface Judged {
  decision: Decision;
  client: ExplainedRequest['client'];
  found: FoundClient;
  /** What the name resolved to; undefined where none was resolved. */
  resolved?: Grounds['resolved'];
  /** Those of them that Squid may dial. */
  addresses?: readonly string[];
  route?: Route;
}

/** The same for every request that asks the same, apart from its identifier and its time. */
interface Outcome {
  judged: Judged;
  /** Of what the agent knew. */
  version: number;
  /** Undefined where they are not the same: a refusal's text has its identifier, and so may what a parent is told. */
  notes: string | undefined;
  /** Of a CONNECT that is allowed. */
  tunnel: TunnelOutline | undefined;
}

/** Milliseconds in which the relay may give an answer again before it asks anew. */
const REPEATED_FOR = 5000;
/** The same where it names parents: their credentials change without a new version. */
const REPEATED_TO_PARENTS = 1000;

/** gather, decide, resolve, judge, answer: one question of Squid's at a time, many at once. */
export class Decider {
  readonly #options: DeciderOptions;
  readonly #ids = new IdSequence();
  readonly #memo: DecisionMemo<Outcome>;
  readonly #given = new GivenAnswers<Outcome>();
  #pending = 0;

  constructor(options: DeciderOptions) {
    this.#options = options;
    this.#memo = new DecisionMemo((name) => options.resolver.known(name));
  }

  /** How many questions are being answered. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Neither throws nor rejects: what cannot be decided is refused. Undefined for a line that nobody can be answered. No
   * promise where the outcome is known, which is the usual case.
   */
  answer(line: string): string | undefined | Promise<string> {
    const question = parseAclRequest(line);
    if (question === undefined) return undefined;
    const start = this.#options.clock.monotonic();
    const outcome = this.#memo.find(question.requestKey, this.#options.knowledge.version);
    if (outcome === undefined) return this.#answerAnew(question, start);
    try {
      const name = outcome.judged.resolved?.name;
      if (name !== undefined && outcome.judged.decision.verdict === 'allow')
        this.#options.resolver.open(name);
      return this.#tell(question, outcome, start);
    } catch (err) {
      return this.#fail(question, err);
    }
  }

  /** The relay has given an allow again: what an answer of ours leaves behind is made up for. */
  again({ number, id, sourcePort, time }: Reuse): void {
    const outcome = this.#given.find(number);
    if (outcome === undefined) return;
    const { decision, found } = outcome.judged;
    const { tunnel } = outcome;
    if (tunnel !== undefined)
      this.#options.tunnels.openLate(id, () => openedTunnel(tunnel, { id, port: sourcePort, now: time }));
    // The relay took no time that could be measured.
    this.#options.metrics.decided(podOf(found)?.metadata.namespace, decision.verdict, decision.reason, 0);
  }

  async #answerAnew(question: AclRequest, start: number): Promise<string> {
    this.#pending += 1;
    try {
      return this.#tell(question, await this.#outcome(question), start);
    } catch (err) {
      return this.#fail(question, err);
    } finally {
      this.#pending -= 1;
    }
  }

  #fail(question: AclRequest, err: unknown): string {
    this.#options.log.error({ err, question }, 'a question could not be decided');
    const id = this.#ids.next();
    return formatAclAnswer(question.channel, { verdict: 'deny', id, reason: 'AgentUnavailable' });
  }

  async #outcome(question: AclRequest): Promise<Outcome> {
    const { knowledge, finder } = this.#options;
    const looked = finder.find(question.source);
    const found = looked instanceof Promise ? await looked : looked;
    const { version } = knowledge;
    const judged = await this.#judge(question, found);
    const outcome = outcomeOf(question, judged, version);
    // A client that is unknown is looked for each time, credentials of parents change, and what has changed meanwhile is
    // judged anew by the next.
    if ('client' in found && !isParents(judged) && version === knowledge.version)
      this.#memo.keep(question.requestKey, { version, resolved: judged.resolved }, outcome);
    return outcome;
  }

  async #judge(question: AclRequest, found: FoundClient): Promise<Judged> {
    const { settings, book } = this.#options.knowledge;
    if (!('client' in found)) {
      const refused = refusal(found.kind === 'tooMany' ? 'TooManyPending' : 'IdentityUnknown');
      return { decision: deny(refused), client: { kind: 'unknown', address: question.source }, found };
    }
    const { client } = found;
    if (found.kind === 'notServed' || settings === undefined) {
      return { decision: deny(refusal('ClientNotServed', { remedy: 'operator' })), client, found };
    }
    const { method, host, scheme } = question;
    const request: EgressRequest = { client, method, host, scheme, port: portOf(question) };
    const snapshot = { book, settings };
    const decision = decide(request, snapshot);
    if (decision.verdict === 'deny') return { decision, client, found };
    const route = this.#options.upstreams.route(decision.upstreams);
    if (route.kind === 'unavailable') {
      const refused = refusal('UpstreamUnavailable', { detail: route.detail, remedy: 'operator' });
      return { decision: deny(refused, decision.destination), client, found, route };
    }
    if (route.kind === 'parents') await this.#options.resolver.parentsSettled();
    if (!decision.mustResolve) return { decision, client, found, route };
    return { client, found, route, ...(await this.#resolve(decision, request, snapshot)) };
  }

  async #resolve(
    decision: Allowed,
    request: EgressRequest,
    snapshot: Snapshot,
  ): Promise<Pick<Judged, 'decision' | 'resolved' | 'addresses'>> {
    const { resolver } = this.#options;
    if (decision.destination.kind !== 'name') return { decision };
    const { name } = decision.destination;
    const addresses = await resolver.addresses(name);
    const resolved = { name, addresses };
    if (addresses.length === 0 && resolver.isUnanswered(name)) {
      const refused = refusal('NameNotResolved', { detail: 'DNS does not answer', remedy: 'operator' });
      return { decision: deny(refused, decision.destination), resolved };
    }
    const judged = checkResolved(decision, request, addresses, snapshot);
    if (judged.decision.verdict === 'deny') return { decision: judged.decision, resolved };
    const dialled: readonly string[] = judged.addresses;
    const closed = resolver.isParent(name)
      ? addresses.filter((address) => !dialled.includes(address))
      : closedToThisClient(addresses, dialled, snapshot.settings);
    if (closed.length > 0) {
      return { decision: checkResolved(decision, request, closed, snapshot).decision, resolved };
    }
    resolver.open(name);
    return { decision: judged.decision, resolved, addresses: judged.addresses };
  }

  /** `start`: when the question came, monotonic. */
  #tell(question: AclRequest, outcome: Outcome, start: number): string {
    const { metrics, clock } = this.#options;
    const { decision, found } = outcome.judged;
    const id = this.#ids.next();
    const notes =
      decision.verdict === 'allow' ? this.#allow(question, outcome, id) : this.#refuse(question, outcome, id);
    const seconds = (clock.monotonic() - start) / 1000;
    metrics.decided(podOf(found)?.metadata.namespace, decision.verdict, decision.reason, seconds);
    const { channel } = question;
    if (outcome.notes !== undefined) return this.#keep(outcome, { channel, id, notes });
    return `${formatAclAnswer(channel, { verdict: decision.verdict, id })}${notes}`;
  }

  /** The relay may answer the same question in the same way as long as nothing that it rests on can have changed. */
  #keep(outcome: Outcome, answer: { channel: string; id: string; notes: string }): string {
    const { version, judged } = outcome;
    const holds = judged.resolved && this.#options.resolver.holdsFor(judged.resolved.name);
    const most = isParents(judged) ? REPEATED_TO_PARENTS : REPEATED_FOR;
    const forMs = Math.min(holds ?? most, most);
    return formatLease({ number: this.#given.give(outcome), revision: version, forMs, ...answer });
  }

  #allow({ sourcePort }: AclRequest, { judged, notes, tunnel }: Outcome, id: string): string {
    const { tunnels, clock } = this.#options;
    if (tunnel !== undefined) tunnels.open(openedTunnel(tunnel, { id, port: sourcePort, now: clock.now() }));
    return notes ?? notesOf(judged, id, undefined);
  }

  #refuse(question: AclRequest, { judged }: Outcome, id: string): string {
    const { decision, client, found } = judged;
    const pod = podOf(found);
    const request = { client, method: question.method, host: question.host, port: portOf(question) };
    const text = decision.verdict === 'deny' ? explainRefusal(decision, request, id) : undefined;
    if (pod !== undefined && text !== undefined) {
      const target =
        decision.destination === undefined ? request.host : formatDestination(decision.destination);
      this.#options.events.tell(pod, target, decision.reason, text);
    }
    return notesOf(judged, id, text);
  }

  /** Whose address it is now, for the audit log. */
  nameOf(address: string): { namespace: string; pod: string; owner?: string } | undefined {
    const pod = this.#options.knowledge.podAt(address);
    if (pod === undefined) return undefined;
    const { namespace, name } = pod.metadata;
    return { namespace, pod: name, ...(pod.owner !== undefined && { owner: pod.owner }) };
  }
}

/**
 * What Squid would learn about the name, since another client's rules open it, and this client may not dial. Squid
 * could take any of them, so one is enough to refuse.
 */
function closedToThisClient(
  addresses: readonly string[],
  judged: readonly string[],
  settings: DecisionSettings,
): string[] {
  return addresses.filter((address) => !judged.includes(address) && isDialable(address, settings));
}

function outcomeOf(question: AclRequest, judged: Judged, version: number): Outcome {
  const { decision, found, addresses, route } = judged;
  if (decision.verdict === 'deny') return { judged, version, notes: undefined, tunnel: undefined };
  const connect = { question, port: portOf(question), decision, pod: podOf(found), addresses, route };
  return {
    judged,
    version,
    notes: isToldTheId(judged) ? undefined : notesOf(judged, '', undefined),
    tunnel: question.method === 'CONNECT' ? outlineTunnel(connect) : undefined,
  };
}

function isToldTheId({ route }: Judged): boolean {
  return route?.kind === 'parents' && route.shown.header?.value === 'DecisionId';
}

function isParents({ route }: Judged): boolean {
  return route !== undefined && route.kind !== 'direct';
}

function notesOf(
  { decision, found, addresses, route }: Judged,
  id: string,
  text: string | undefined,
): string {
  return formatNotes(composeNotes({ id, decision, pod: podOf(found), text, addresses, route }));
}

function podOf(found: FoundClient): ClientPod | undefined {
  return 'pod' in found ? found.pod : undefined;
}

/** Not a number, or 0, is malformed to the rules. */
function portOf({ port }: AclRequest): number {
  return /^\d{1,5}$/.test(port) ? Number(port) : 0;
}
