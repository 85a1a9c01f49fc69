import type { Secret } from '../kube/index.ts';
import { type KeyPair, readPair } from '../tls/index.ts';

/** A pair that can serve. */
export interface ServingPair extends KeyPair {
  /** Milliseconds since the epoch. */
  notAfter: number;
}

/** The pair of a Secret of type kubernetes.io/tls; undefined where certificate and key cannot serve together. */
export function servingPairOf({ data }: Pick<Secret, 'data'>): ServingPair | undefined {
  const pair = { cert: decode(data?.['tls.crt']), key: decode(data?.['tls.key']) };
  const certificate = readPair(pair);
  return certificate && { ...pair, notAfter: certificate.validToDate.getTime() };
}

function decode(value: string | undefined): string {
  return Buffer.from(value ?? '', 'base64').toString();
}
