import type { Source } from '../../cluster/index.ts';
import type { Change, Secret } from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { type KeyPair, readPair } from '../../tls/index.ts';

/** A certificate and its key, which belong together. */
interface LoadedPair extends KeyPair {
  /** Milliseconds since the epoch. */
  notAfter: number;
}

/**
 * The certificate and key of a Secret. When the Secret is deleted or holds no valid pair, the last valid pair stays in
 * use.
 */
export class ServingCertificate {
  readonly #log: Log;
  readonly #first = Promise.withResolvers<LoadedPair>();
  #current: LoadedPair | undefined;
  /** Called with each valid pair after the first. */
  onRenewed: (pair: LoadedPair) => void = () => {};

  constructor(secrets: Source<Secret>, log: Log) {
    this.#log = log;
    secrets.subscribe((change) => this.#take(change));
  }

  get current(): LoadedPair | undefined {
    return this.#current;
  }

  /** Resolves with the first valid pair; rejects with the signal's reason when it is aborted before. */
  first(signal: AbortSignal): Promise<LoadedPair> {
    signal.addEventListener('abort', () => this.#first.reject(signal.reason), { once: true });
    return this.#first.promise;
  }

  #take({ type, object }: Change<Secret>): void {
    const secret = `${object.metadata.namespace}/${object.metadata.name}`;
    const pair = type === 'deleted' ? undefined : loadPair(object);
    if (pair !== undefined) this.#use(pair);
    else if (type === 'deleted')
      this.#log.warn(
        { secret },
        'the Secret of the serving certificate is deleted: the last valid pair stays in use',
      );
    else
      this.#log.error(
        { secret },
        'tls.crt and tls.key of the Secret are no valid pair: the last valid pair stays in use',
      );
  }

  #use(pair: LoadedPair): void {
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

/** The pair of a Secret of type kubernetes.io/tls; undefined where certificate and key do not belong together. */
function loadPair({ data }: Secret): LoadedPair | undefined {
  const pair = { cert: decode(data?.['tls.crt']), key: decode(data?.['tls.key']) };
  const certificate = readPair(pair);
  return certificate && { ...pair, notAfter: certificate.validToDate.getTime() };
}

function decode(value: string | undefined): string {
  return Buffer.from(value ?? '', 'base64').toString();
}
