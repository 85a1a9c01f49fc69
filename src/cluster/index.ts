/** What several components share about a cluster: served namespaces, trimmed objects, indexes. */

export { BY_NAMESPACE, BY_OWNER, byNamespace, byOwner } from './indexes.ts';
export { PodNetworks } from './pod-networks.ts';
export { labelsByOwner, ownerOf } from './pod-owner.ts';
export { type ServedEntry, ServedNamespaces, type ServedNamespacesOptions } from './served-namespaces.ts';
export type { Source } from './source.ts';
export { type CachedTargetGroup, cacheTargetGroup, suffixesOfGroup } from './target-group.ts';
export {
  type CachedNamespace,
  trimManagedFields,
  trimNamespace,
  trimRuleSet,
  trimTargetGroup,
} from './trim.ts';
export { sharedLabels } from './trim-labels.ts';
