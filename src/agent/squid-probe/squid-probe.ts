import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { PROBE_DOMAIN, SQUID_PROBE_SECONDS, SQUID_SILENCE_SECONDS } from '../../proxy/index.ts';
import type { Log, Readiness } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { type AclHandler, formatAclAnswer, parseAclRequest, type Reuse } from '../squid-acl/index.ts';

export interface SquidProbeOptions {
  /** Answers all other ACL requests. */
  handler: AclHandler;
  /** Port that Squid listens on. */
  port: () => number;
  clock: Pick<Clock, 'monotonic'>;
  log: Log;
  /** Milliseconds for Squid to answer. */
  timeoutMs?: number;
}

const LOOPBACK = '127.0.0.1';

/**
 * Probes Squid with a request of its own, whose ACL request it answers by itself: Squid is ready if it accepted a
 * connection, asked the agent and sent the answer, now or some seconds ago. The answer is a refusal, and it takes part in
 * no decision, limit, metric or audit line. It is given only to the request under way, by its random name, from the
 * pod's own loopback address; any other request for such a name is decided like all requests.
 */
export class SquidProbe implements AclHandler {
  readonly #handler: AclHandler;
  readonly #port: () => number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #log: Log;
  readonly #timeoutMs: number;
  /** Why Squid was not ready at the last check; undefined if it was. */
  #notReadyBy: string | undefined;
  /** Monotonic milliseconds. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  #running: Promise<Readiness> | undefined;
  /** The name that the request under way asks for. */
  #name: string | undefined;
  #wasAsked = false;

  constructor({ handler, port, clock, log, timeoutMs = SQUID_PROBE_SECONDS * 1000 }: SquidProbeOptions) {
    this.#handler = handler;
    this.#port = port;
    this.#clock = clock;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
  }

  answer(line: string): string | undefined | Promise<string | undefined> {
    return (line.includes(PROBE_DOMAIN) ? this.#answerProbe(line) : undefined) ?? this.#handler.answer(line);
  }

  reused(reuse: Reuse): void {
    this.#handler.reused(reuse);
  }

  /** Callers at the same time share one request. Never rejects. */
  check(): Promise<Readiness> {
    this.#running ??= this.#probe().then((readiness) => {
      this.#running = undefined;
      this.#logChange(readiness);
      return readiness;
    });
    return this.#running;
  }

  /** Writes one line when Squid becomes ready or not, or the reason is another one. */
  #logChange({ reasons: [reason] }: Readiness): void {
    if (reason === this.#notReadyBy) return;
    this.#notReadyBy = reason;
    if (reason === undefined) this.#log.info({}, 'Squid is ready');
    else this.#log.warn({ reason }, 'Squid is not ready: no new client is sent to this pod');
  }

  #answerProbe(line: string): string | undefined {
    const asked = parseAclRequest(line);
    if (asked === undefined || asked.source !== LOOPBACK || asked.host !== this.#name) return undefined;
    this.#wasAsked = true;
    return formatAclAnswer(asked.channel, { verdict: 'deny', id: asked.host, decision: asked.host });
  }

  async #probe(): Promise<Readiness> {
    const name = `${randomBytes(8).toString('hex')}.${PROBE_DOMAIN}`;
    this.#name = name;
    this.#wasAsked = false;
    try {
      const { statusCode, headers } = await this.#request(name);
      if (headers['x-egress-decision'] !== name)
        return notReady(`Squid answered ${statusCode} without the agent: its relay does not reach the agent`);
      this.#answeredAt = this.#clock.monotonic();
      return READY;
    } catch (error) {
      return this.#evaluate(error as NodeJS.ErrnoException);
    } finally {
      this.#name = undefined;
    }
  }

  async #request(name: string): Promise<IncomingMessage> {
    const sent = request({
      host: LOOPBACK,
      port: this.#port(),
      path: `http://${name}/`,
      headers: { host: name, connection: 'close' },
      agent: false,
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.on('error', () => {}).resume();
    return response;
  }

  /** A Squid that is only slow stays ready for a while. */
  #evaluate({ code, name, message }: NodeJS.ErrnoException): Readiness {
    if (code === 'ECONNREFUSED') return notReady(`Squid does not listen on port ${this.#port()}`);
    if (name !== 'AbortError') return notReady(`Squid ended the connection: ${message}`);
    const silentMs = this.#clock.monotonic() - this.#answeredAt;
    if (silentMs < SQUID_SILENCE_SECONDS * 1000) return READY;
    return notReady(
      this.#wasAsked
        ? 'Squid asks the agent about requests, but does not answer them'
        : 'Squid listens, but does not ask the agent about requests: it may have no file descriptors left for connections, or no processor time',
    );
  }
}

const READY: Readiness = { ready: true, reasons: [] };

function notReady(reason: string): Readiness {
  return { ready: false, reasons: [reason] };
}
