/** Maps of limited size, for what clients and tenants choose the keys of. Pure. */
export { remember } from './remember.ts';
export { SharedMap } from './shared-map.ts';
export { SharedValues } from './shared-values.ts';
export { type Budget, TokenBuckets } from './token-buckets.ts';
