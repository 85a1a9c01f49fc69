import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { AdmissionRequest } from './admission-review.ts';
import type { Verdict } from './handler.ts';

/** Milliseconds in which a namespace and reason, or a denied object, are logged once at info. */
const QUIET = 60_000;
/** Entries of #loggedAt. It is cleared when it is full, at the price of repeated lines. */
const REMEMBERED = 10_000;

/** Logs each decision at debug; denials and unexpected skips at info, at most once a minute. */
export class DecisionLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #loggedAt = new Map<string, number>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  decided(request: AdmissionRequest, verdict: Verdict): void {
    const { uid, kind, namespace, operation } = request;
    const fields = {
      uid,
      kind: kind.kind,
      namespace,
      name: nameOf(request),
      operation,
      ...describe(verdict),
    };
    if (this.#isDue(request, verdict)) this.#log.info(fields, 'admission');
    else this.#log.debug(fields, 'admission');
  }

  #isDue(request: AdmissionRequest, verdict: Verdict): boolean {
    const reason = reasonForInfo(request, verdict);
    if (reason === undefined) return false;
    const key = `${request.namespace ?? ''} ${reason}`;
    const now = this.#clock.monotonic();
    const loggedAt = this.#loggedAt.get(key);
    if (loggedAt !== undefined && now - loggedAt < QUIET) return false;
    if (this.#loggedAt.size >= REMEMBERED) this.#loggedAt.clear();
    this.#loggedAt.set(key, now);
    return true;
  }
}

/** Undefined for what is expected: a reinvocation for the same pod, a namespace that has not opted in. */
function reasonForInfo({ kind, name }: AdmissionRequest, verdict: Verdict): string | undefined {
  if (verdict.kind === 'denied') return `denied ${kind.kind} ${name}`;
  if (verdict.kind !== 'skipped') return undefined;
  return verdict.reason === 'AlreadyInjected' || verdict.reason === 'NamespaceNotOptedIn'
    ? undefined
    : verdict.reason;
}

function describe(verdict: Verdict): object {
  if (verdict.kind === 'patched') return { verdict: verdict.kind, operations: verdict.patch.length };
  if (verdict.kind === 'allowed') return { verdict: verdict.kind };
  if (verdict.kind === 'skipped') return { verdict: verdict.kind, reason: verdict.reason };
  return { verdict: verdict.kind, message: verdict.message };
}

/** `generateName*` for a pod of a workload, which has no name yet when it is admitted. */
function nameOf({ name, object }: AdmissionRequest): string | undefined {
  if (name !== undefined) return name;
  const generateName = (object as { metadata?: { generateName?: string } } | undefined)?.metadata
    ?.generateName;
  return generateName === undefined ? undefined : `${generateName}*`;
}
