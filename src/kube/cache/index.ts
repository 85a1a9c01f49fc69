/** Local copies of resources that follow the API server. */
export type { Health, TroubleReason } from './health.ts';
export { PerNamespaceReflector } from './per-namespace-reflector.ts';
export {
  type CachedObject,
  type Listener,
  Reflector,
  type ReflectorOptions,
  type Subscription,
} from './reflector.ts';
export { type Change, type IndexFunction, type ReadonlyStore, Store } from './store.ts';
