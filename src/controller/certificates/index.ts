/** The authority, and the pairs that it signs. */
export { type Authority, readAuthority, renderServingSecret, wholeAuthority } from './authority-secret.ts';
export { reconcileCertificates, untilNext } from './reconcile-certificates.ts';
export { currentServingPair, type ServingPair } from './serving-pair.ts';
