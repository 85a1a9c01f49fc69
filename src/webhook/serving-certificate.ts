import type { Source } from '../cluster/index.ts';
import type { Change, Secret } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type ServingPair, servingPairOf } from './certificate.ts';

/**
 * The pair in a Secret, as it is now. A Secret that goes, or that holds what cannot serve, changes nothing: the
 * last good pair stays until its successor comes.
 */
export class ServingCertificate {
  readonly #log: Log;
  readonly #first = Promise.withResolvers<ServingPair>();
  #current: ServingPair | undefined;
  /** Called with every pair after the first. */
  onRenewed: (pair: ServingPair) => void = () => {};

  constructor(secrets: Source<Secret>, log: Log) {
    this.#log = log;
    secrets.subscribe((change) => this.#take(change));
  }

  get current(): ServingPair | undefined {
    return this.#current;
  }

  /** Resolves with the first pair; rejects with the signal's reason when that comes first. */
  first(signal: AbortSignal): Promise<ServingPair> {
    signal.addEventListener('abort', () => this.#first.reject(signal.reason), { once: true });
    return this.#first.promise;
  }

  #take({ type, object }: Change<Secret>): void {
    const secret = `${object.metadata.namespace}/${object.metadata.name}`;
    const pair = type === 'deleted' ? undefined : servingPairOf(object);
    if (pair !== undefined) this.#use(pair);
    else if (type === 'deleted')
      this.#log.warn({ secret }, 'the Secret is gone; the last serving pair stays');
    else
      this.#log.error({ secret }, 'tls.crt and tls.key do not belong together; the last serving pair stays');
  }

  #use(pair: ServingPair): void {
    if (this.#current?.cert === pair.cert && this.#current.key === pair.key) return;
    const renewed = this.#current !== undefined;
    this.#current = pair;
    this.#log.info(
      { notAfter: new Date(pair.notAfter).toISOString(), renewed },
      'serving certificate loaded',
    );
    if (renewed) this.onRenewed(pair);
    else this.#first.resolve(pair);
  }
}
