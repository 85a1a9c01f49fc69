import type { Clock } from '../../kube/index.ts';
import {
  type Decision,
  decide,
  deny,
  type EgressRequest,
  type ExplainedRequest,
  explainRefusal,
  formatDestination,
  judgeAddresses,
  type Refusal,
  refusal,
  type Settings,
  type Snapshot,
} from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { isDialable } from '../dns/dialable.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { ClientFinder, FoundClient } from '../identity/client-finder.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { AgentMetrics } from '../metrics.ts';
import { formatAnswer } from '../question/answer.ts';
import { parseQuestion, type Question } from '../question/question.ts';
import type { RefusalEvents } from '../refusal-events.ts';
import type { OpenTunnels } from '../tunnels/index.ts';
import type { Route } from '../upstream/plan-route.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { composeAnswer } from './compose-answer.ts';
import { describeTunnel } from './describe-tunnel.ts';
import { IdSequence } from './id-sequence.ts';

export interface DeciderOptions {
  knowledge: Knowledge;
  finder: Pick<ClientFinder, 'find'>;
  resolver: Pick<Resolver, 'addresses' | 'open' | 'isParent' | 'parentsSettled'>;
  upstreams: Pick<Upstreams, 'route'>;
  tunnels: Pick<OpenTunnels, 'open'>;
  events: Pick<RefusalEvents, 'tell'>;
  metrics: Pick<AgentMetrics, 'decided'>;
  clock: Clock;
  log: Log;
}

/** A decision with what it took. */
interface Outcome {
  decision: Decision;
  client: ExplainedRequest['client'];
  found: FoundClient;
  /** The addresses that Squid may dial; undefined where no name was resolved. */
  addresses?: readonly string[];
  route?: Route;
}

/** gather, decide, resolve, judge, answer: one question of Squid's at a time, many at once. */
export class Decider {
  readonly #options: DeciderOptions;
  readonly #ids = new IdSequence();
  #pending = 0;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  /** How many questions are being answered. */
  get pending(): number {
    return this.#pending;
  }

  /** Never rejects: what cannot be decided is refused. Undefined for a line that nobody can be answered. */
  async answer(line: string): Promise<string | undefined> {
    const question = parseQuestion(line);
    if (question === undefined) return undefined;
    const start = this.#options.clock.monotonic();
    this.#pending += 1;
    try {
      const outcome = await this.#decide(question);
      return this.#tell(question, outcome, (this.#options.clock.monotonic() - start) / 1000);
    } catch (err) {
      this.#options.log.error({ err, question }, 'a question could not be decided');
      return formatAnswer(question.channel, {
        verdict: 'deny',
        id: this.#ids.next(),
        reason: 'AgentUnavailable',
      });
    } finally {
      this.#pending -= 1;
    }
  }

  async #decide(question: Question): Promise<Outcome> {
    const { knowledge, finder } = this.#options;
    const looked = finder.find(question.source);
    const found = looked instanceof Promise ? await looked : looked;
    const { settings, book } = knowledge;
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
      return { decision: deny(refused, decision.destination), client, found };
    }
    if (route.kind === 'parents') await this.#options.resolver.parentsSettled();
    if (!decision.mustResolve) return { decision, client, found, route };
    return { client, found, route, ...(await this.#resolve(decision, request, snapshot)) };
  }

  async #resolve(
    decision: Extract<Decision, { verdict: 'allow' }>,
    request: EgressRequest,
    snapshot: Snapshot,
  ): Promise<Pick<Outcome, 'decision' | 'addresses'>> {
    const { resolver } = this.#options;
    if (decision.destination.kind !== 'name') return { decision };
    const { name } = decision.destination;
    const addresses = await resolver.addresses(name);
    const judged = judgeAddresses(decision, request, addresses, snapshot);
    if (judged.decision.verdict === 'deny') return { decision: judged.decision };
    const dialled: readonly string[] = judged.addresses;
    const closed = resolver.isParent(name)
      ? addresses.filter((address) => !dialled.includes(address))
      : closedToThisClient(addresses, dialled, snapshot.settings);
    if (closed.length > 0) {
      return { decision: judgeAddresses(decision, request, closed, snapshot).decision };
    }
    resolver.open(name);
    return { decision: judged.decision, addresses: judged.addresses };
  }

  #tell(question: Question, { decision, client, found, addresses, route }: Outcome, seconds: number): string {
    const { metrics, events, tunnels, clock } = this.#options;
    const id = this.#ids.next();
    const pod = 'pod' in found ? found.pod : undefined;
    metrics.decided(pod?.metadata.namespace, decision.verdict, decision.reason, seconds);
    const request = { client, method: question.method, host: question.host, port: portOf(question) };
    const refused = explained(decision);
    const text = refused && explainRefusal(refused, request, id);
    if (decision.verdict === 'deny' && pod !== undefined && text !== undefined) {
      const target =
        decision.destination === undefined ? request.host : formatDestination(decision.destination);
      events.tell(pod, target, decision.reason, text);
    }
    if (decision.verdict === 'allow' && question.method === 'CONNECT') {
      tunnels.open(
        describeTunnel({ id, question, port: request.port, decision, pod, addresses, now: clock.now() }),
      );
    }
    return formatAnswer(question.channel, composeAnswer({ id, decision, pod, text, addresses, route }));
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
  settings: Settings,
): string[] {
  return addresses.filter((address) => !judged.includes(address) && isDialable(address, settings));
}

function explained(decision: Decision): (Refusal & { destination: Decision['destination'] }) | undefined {
  if (decision.verdict === 'deny') return decision;
  return decision.wouldDeny && { ...decision.wouldDeny, destination: decision.destination };
}

/** Not a number, or 0, is malformed to the rules. */
function portOf({ port }: Question): number {
  return /^\d{1,5}$/.test(port) ? Number(port) : 0;
}
