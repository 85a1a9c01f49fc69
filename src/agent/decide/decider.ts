import { randomBytes } from 'node:crypto';
import { type Client, deny } from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { ClientFinder, FoundClient } from '../identity/index.ts';
import type { Admission, ClientLimits } from '../limits/index.ts';
import { peerKey } from '../peer-key.ts';
import {
  type AclHandler,
  type AclRequest,
  formatAclAnswer,
  formatLease,
  parseAclRequest,
  type Reuse,
} from '../squid-acl/index.ts';
import type { AnswerCache, CachedNames } from './answer-cache.ts';
import type { DecisionEffects } from './decision-effects.ts';
import { type EvaluationSources, evaluate, refusedByNow } from './evaluate.ts';
import { buildOutcome, type Outcome, renderNotes, showRefusal } from './outcome.ts';

export interface DeciderOptions {
  clients: Pick<ClientFinder, 'find' | 'findNow'>;
  sources: EvaluationSources & { names: CachedNames };
  answers: AnswerCache<Outcome>;
  limits: Pick<ClientLimits, 'admit' | 'wait' | 'exceeded' | 'mayLease'>;
  effects: DecisionEffects;
  clock: Clock;
  log: Log;
}

/** A request that is not decided immediately. */
interface Delayed {
  request: AclRequest;
  found: FoundClient;
  client: Client;
  admission: Admission;
  /** When the request came, monotonic milliseconds. */
  start: number;
}

/** Answers ACL requests: the cached outcome, or client -> evaluation -> outcome; then its effects, then the line. */
export class Decider implements AclHandler {
  readonly #options: DeciderOptions;
  readonly #nextId = idSequence();
  #pending = 0;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  /** Number of ACL requests that are being decided. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Never throws or rejects: failures become a deny. Undefined if the line has no channel to reply to. A string, not a
   * promise, on a cache hit.
   */
  answer(line: string): string | undefined | Promise<string> {
    const request = parseAclRequest(line);
    if (request === undefined) return undefined;
    const { answers, sources, clients, limits, clock } = this.#options;
    const start = clock.monotonic();
    const outcome = answers.find(request.requestKey, sources.names);
    const found = outcome?.evaluation.found ?? clients.findNow(request.source);
    if ('client' in found) {
      const admission = limits.admit(found.client, connectionOf(request));
      if (!isImmediate(admission))
        return this.#answerLater({ request, found, client: found.client, admission, start });
    }
    if (outcome === undefined) return this.#decide(request, start);
    try {
      return this.#reply(request, outcome, start);
    } catch (err) {
      return this.#fail(request, err);
    }
  }

  reused(reuse: Reuse): void {
    const outcome = this.#options.answers.leased(reuse.number);
    if (outcome !== undefined) this.#options.effects.reused(outcome, reuse);
  }

  async #decide(request: AclRequest, start: number): Promise<string> {
    this.#pending += 1;
    try {
      return this.#reply(request, await this.#outcome(request), start);
    } catch (err) {
      return this.#fail(request, err);
    } finally {
      this.#pending -= 1;
    }
  }

  /** Waits until its turn, then decides by the rules of that time; or refuses a client that is too fast. */
  async #answerLater({ request, found, client, admission, start }: Delayed): Promise<string> {
    const { answers, limits, sources } = this.#options;
    this.#pending += 1;
    try {
      await limits.wait(admission);
      if (admission.refusal === undefined) {
        const known = answers.find(request.requestKey, sources.names);
        return this.#reply(request, known ?? (await this.#outcome(request)), start);
      }
      const evaluation = { decision: deny(admission.refusal), client, found };
      return this.#reply(request, buildOutcome(request, evaluation, answers.revision), start);
    } catch (err) {
      return this.#fail(request, err);
    } finally {
      this.#pending -= 1;
    }
  }

  async #outcome(request: AclRequest): Promise<Outcome> {
    const { clients, sources, answers, effects } = this.#options;
    const finding = clients.find(request.source);
    const found = finding instanceof Promise ? await finding : finding;
    // Read before the rules are: an outcome must not have a newer revision than the state that it comes from.
    const { revision } = answers;
    const begun = await evaluate(request, found, sources);
    const changed = revision !== answers.revision && begun.decision.verdict === 'allow';
    const refused = changed ? refusedByNow(request, clients.findNow(request.source), sources) : undefined;
    const evaluation = refused ?? begun;
    effects.evaluated(evaluation);
    const outcome = buildOutcome(request, evaluation, revision);
    answers.store(request.requestKey, outcome);
    return outcome;
  }

  /** `start`: when the request came, monotonic milliseconds. */
  #reply(request: AclRequest, decided: Outcome, start: number): string {
    const { answers, sources, effects, clock } = this.#options;
    const outcome = this.#limited(request, decided);
    const { evaluation } = outcome;
    const id = this.#nextId();
    const refusal = showRefusal(request, evaluation, id);
    if (refusal === undefined)
      effects.allowed(outcome, { id, sourcePort: request.sourcePort, waitedMs: clock.monotonic() - start });
    else effects.denied(evaluation, request, refusal.text);
    const notes = outcome.notes ?? renderNotes(evaluation, id, refusal);
    effects.decided(evaluation, (clock.monotonic() - start) / 1000);
    const { channel } = request;
    const forMs = Math.min(answers.leaseMs(outcome, sources.names), this.#untilExpiryMs());
    const number = this.#mayLease(request, outcome)
      ? answers.issueLease(outcome, { now: clock.monotonic(), forMs })
      : undefined;
    if (number === undefined)
      return `${formatAclAnswer(channel, { verdict: evaluation.decision.verdict, id })}${notes}`;
    return formatLease({ number, revision: outcome.inputs.revision, forMs, channel, id, notes });
  }

  /**
   * Milliseconds until a rule set expires, which ends every lease whether or not this agent is still there to raise the
   * revision.
   */
  #untilExpiryMs(): number {
    const { sources, clock } = this.#options;
    return (sources.policy.ruleSets.nextExpiry ?? Number.POSITIVE_INFINITY) - clock.now();
  }

  /**
   * A request that asks for an upgrade has no lease: a reuse may be reported after the audit line, and only the line of a
   * CONNECT tells that there was a tunnel.
   */
  #mayLease({ asksUpgrade }: AclRequest, { notes, evaluation: { found } }: Outcome): boolean {
    if (asksUpgrade) return false;
    return notes !== undefined && 'client' in found && this.#options.limits.mayLease(found.client);
  }

  /** An allow, or the refusal of a client that has too many open connections. */
  #limited(request: AclRequest, outcome: Outcome): Outcome {
    const { evaluation, inputs } = outcome;
    const { decision, found } = evaluation;
    if (decision.verdict === 'deny' || !('client' in found)) return outcome;
    const exceeded = this.#options.limits.exceeded(found.client, connectionOf(request));
    if (exceeded === undefined) return outcome;
    const refused = { decision: deny(exceeded, decision.destination), client: found.client, found };
    return buildOutcome(request, refused, inputs.revision);
  }

  #fail(request: AclRequest, err: unknown): string {
    this.#options.log.error({ err, request }, 'an ACL request could not be decided and is denied');
    const id = this.#nextId();
    return formatAclAnswer(request.channel, { verdict: 'deny', id, reason: 'AgentUnavailable' });
  }
}

/** The client's end of the connection. */
function connectionOf({ source, sourcePort }: AclRequest): string {
  return peerKey(source, sourcePort);
}

function isImmediate({ waitMs, refusal, recounts }: Admission): boolean {
  return waitMs === 0 && refusal === undefined && !recounts;
}

/** Identifiers `<run>-<count>`: unique among all runs of all agents, and short enough to be read out. */
function idSequence(): () => string {
  const run = randomBytes(5).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${run}-${count.toString(36)}`;
  };
}
