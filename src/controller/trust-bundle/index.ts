/** What pods are to trust beside the public authorities: read from the operator, copied into every namespace. */
export { type GatheredBundle, gatherTrustBundle } from './gather-bundle.ts';
export { keepTrustCopy } from './keep-copy.ts';
export type { TrustBundle } from './read-bundle.ts';
