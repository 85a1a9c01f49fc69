import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import type { AdmissionRequest } from './admission-review.ts';
import type { Verdict } from './verdict.ts';

/** Milliseconds in which one namespace and reason, or one refused object, give one line at info. */
const QUIET = 60_000;
/** Entries; with more than this many at once the memory is dropped, at worst for a line too many. */
const REMEMBERED = 10_000;

/** One line a decision, at debug. What an operator wants to see without asking is at info, once a minute at most. */
export class DecisionLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #told = new Map<string, number>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  decided(request: AdmissionRequest, verdict: Verdict): void {
    const { uid, kind, namespace, operation } = request;
    const fields = { uid, kind: kind.kind, namespace, name: nameOf(request), operation, ...shown(verdict) };
    if (this.#isNews(request, verdict)) this.#log.info(fields, 'admission');
    else this.#log.debug(fields, 'admission');
  }

  #isNews(request: AdmissionRequest, verdict: Verdict): boolean {
    const reason = reasonToTell(request, verdict);
    if (reason === undefined) return false;
    const key = `${request.namespace ?? ''} ${reason}`;
    const now = this.#clock.monotonic();
    const told = this.#told.get(key);
    if (told !== undefined && now - told < QUIET) return false;
    if (this.#told.size >= REMEMBERED) this.#told.clear();
    this.#told.set(key, now);
    return true;
  }
}

/** The second call for a pod, and namespaces that never asked, are nothing to tell. */
function reasonToTell({ kind, name }: AdmissionRequest, verdict: Verdict): string | undefined {
  if (verdict.kind === 'denied') return `denied ${kind.kind} ${name}`;
  if (verdict.kind !== 'skipped') return undefined;
  return verdict.reason === 'AlreadyInjected' || verdict.reason === 'NamespaceNotOptedIn'
    ? undefined
    : verdict.reason;
}

function shown(verdict: Verdict): object {
  if (verdict.kind === 'patched') return { verdict: verdict.kind, operations: verdict.patch.length };
  if (verdict.kind === 'allowed') return { verdict: verdict.kind };
  if (verdict.kind === 'skipped') return { verdict: verdict.kind, reason: verdict.reason };
  return { verdict: verdict.kind, message: verdict.message };
}

/** A pod of a workload has no name yet when it is admitted. */
function nameOf({ name, object }: AdmissionRequest): string | undefined {
  if (name !== undefined) return name;
  const generateName = (object as { metadata?: { generateName?: string } } | undefined)?.metadata
    ?.generateName;
  return generateName === undefined ? undefined : `${generateName}*`;
}
