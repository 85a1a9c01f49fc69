/** The authority, and the serving pairs that it signs. */
export { type Authority, completeAuthority, readAuthority, renderServingSecret } from './authority-secret.ts';
export { currentServingPair, msUntilNext, type ServingPair } from './serving-pair.ts';
