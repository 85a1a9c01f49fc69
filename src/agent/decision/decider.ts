import type { Clock } from '../../kube/index.ts';
import {
  type Allowed,
  type Decision,
  decide,
  deny,
  type EgressRequest,
  type ExplainedRequest,
  explainRefusal,
  formatDestination,
  judgeAddresses,
  refusal,
  type Settings,
  type Snapshot,
} from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { isDialable } from '../dns/dialable.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { ClientFinder, FoundClient } from '../identity/client-finder.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { AgentMetrics } from '../metrics.ts';
import { formatAnswer, formatNotes } from '../question/answer.ts';
import { parseQuestion, type Question } from '../question/question.ts';
import type { RefusalEvents } from '../refusal-events.ts';
import type { OpenTunnels } from '../tunnels/index.ts';
import type { UpstreamCredentials } from '../upstream/credentials.ts';
import { composeNotes } from './compose-notes.ts';
import { DecisionMemo, type Grounds } from './decision-memo.ts';
import { openedTunnel, outlineTunnel, type TunnelOutline } from './describe-tunnel.ts';
import { IdSequence } from './id-sequence.ts';

export interface DeciderOptions {
  knowledge: Knowledge;
  finder: Pick<ClientFinder, 'find'>;
  resolver: Pick<Resolver, 'addresses' | 'known' | 'open'>;
  credentials: Pick<UpstreamCredentials, 'of'>;
  tunnels: Pick<OpenTunnels, 'open'>;
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
}

/** The same for every request that asks the same, apart from its identifier and its time. */
type Outcome =
  | { kind: 'allow'; judged: Judged; allowed: Allowed; notes: string; tunnel: TunnelOutline | undefined }
  | { kind: 'deny'; judged: Judged };

/** gather, decide, resolve, judge, answer: one question of Squid's at a time, many at once. */
export class Decider {
  readonly #options: DeciderOptions;
  readonly #ids = new IdSequence();
  readonly #memo: DecisionMemo<Outcome>;
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
    const question = parseQuestion(line);
    if (question === undefined) return undefined;
    const start = this.#options.clock.monotonic();
    const outcome = this.#memo.find(question.asked, this.#options.knowledge.version);
    if (outcome === undefined) return this.#answerAnew(question, start);
    try {
      const name = outcome.judged.resolved?.name;
      if (name !== undefined && outcome.kind === 'allow') this.#options.resolver.open(name);
      return this.#tell(question, outcome, start);
    } catch (err) {
      return this.#fail(question, err);
    }
  }

  async #answerAnew(question: Question, start: number): Promise<string> {
    this.#pending += 1;
    try {
      return this.#tell(question, await this.#outcome(question), start);
    } catch (err) {
      return this.#fail(question, err);
    } finally {
      this.#pending -= 1;
    }
  }

  #fail(question: Question, err: unknown): string {
    this.#options.log.error({ err, question }, 'a question could not be decided');
    const id = this.#ids.next();
    return formatAnswer(question.channel, { verdict: 'deny', id, reason: 'AgentUnavailable' });
  }

  async #outcome(question: Question): Promise<Outcome> {
    const { knowledge, finder } = this.#options;
    const looked = finder.find(question.source);
    const found = looked instanceof Promise ? await looked : looked;
    const { version } = knowledge;
    const judged = await this.#judge(question, found);
    const outcome = outcomeOf(question, judged);
    // A client that is unknown is looked for each time, and what has changed meanwhile is judged anew by the next.
    if ('client' in found && version === knowledge.version)
      this.#memo.keep(question.asked, { version, resolved: judged.resolved }, outcome);
    return outcome;
  }

  async #judge(question: Question, found: FoundClient): Promise<Judged> {
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
    if (decision.verdict === 'deny' || !decision.mustResolve) return { decision, client, found };
    return { client, found, ...(await this.#resolve(decision, request, snapshot)) };
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
    const judged = judgeAddresses(decision, request, addresses, snapshot);
    if (judged.decision.verdict === 'deny') return { decision: judged.decision, resolved };
    const closed = closedToThisClient(addresses, judged.addresses, snapshot.settings);
    if (closed.length > 0) {
      return { decision: judgeAddresses(decision, request, closed, snapshot).decision, resolved };
    }
    resolver.open(name);
    return { decision: judged.decision, resolved, addresses: judged.addresses };
  }

  /** `start`: when the question came, monotonic. */
  #tell(question: Question, outcome: Outcome, start: number): string {
    const { metrics, clock } = this.#options;
    const { decision, found } = outcome.judged;
    const id = this.#ids.next();
    const answer =
      outcome.kind === 'allow' ? this.#allow(question, outcome, id) : this.#refuse(question, outcome, id);
    const seconds = (clock.monotonic() - start) / 1000;
    metrics.decided(podOf(found)?.metadata.namespace, decision.verdict, decision.reason, seconds);
    return answer;
  }

  #allow(
    { channel, sourcePort }: Question,
    { allowed, notes, tunnel }: Extract<Outcome, { kind: 'allow' }>,
    id: string,
  ): string {
    const { credentials, tunnels, clock } = this.#options;
    if (tunnel !== undefined) tunnels.open(openedTunnel(tunnel, { id, port: sourcePort, now: clock.now() }));
    const parent = allowed.upstreams.map((name) => credentials.of(name)).find((one) => one !== undefined);
    const secret = parent === undefined ? '' : formatNotes({ ...parent });
    return `${channel} OK verdict=allow id=${id}${notes}${secret}`;
  }

  #refuse(question: Question, { judged }: Extract<Outcome, { kind: 'deny' }>, id: string): string {
    const { decision, client, found } = judged;
    const pod = podOf(found);
    const request = { client, method: question.method, host: question.host, port: portOf(question) };
    const text = decision.verdict === 'deny' ? explainRefusal(decision, request, id) : undefined;
    if (pod !== undefined && text !== undefined) {
      const target =
        decision.destination === undefined ? request.host : formatDestination(decision.destination);
      this.#options.events.tell(pod, target, decision.reason, withoutId(text));
    }
    return formatAnswer(question.channel, {
      verdict: 'deny',
      id,
      ...composeNotes({ decision, pod, text, addresses: undefined }),
    });
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

function outcomeOf(question: Question, judged: Judged): Outcome {
  const { decision, found, addresses } = judged;
  if (decision.verdict === 'deny') return { kind: 'deny', judged };
  const pod = podOf(found);
  return {
    kind: 'allow',
    judged,
    allowed: decision,
    notes: formatNotes(composeNotes({ decision, pod, text: undefined, addresses })),
    tunnel:
      question.method === 'CONNECT'
        ? outlineTunnel({ question, port: portOf(question), decision, pod, addresses })
        : undefined,
  };
}

function podOf(found: FoundClient): ClientPod | undefined {
  return 'pod' in found ? found.pod : undefined;
}

/** Not a number, or 0, is malformed to the rules. */
function portOf({ port }: Question): number {
  return /^\d{1,5}$/.test(port) ? Number(port) : 0;
}

/** Events that say the same count as one; ids would keep them apart. */
function withoutId(text: string): string {
  return text.replace(/ \[id [^\]]*\]$/, '');
}
