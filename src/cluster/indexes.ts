import { label } from '../api/index.ts';
import type { IndexFunction } from '../kube/index.ts';

/** The index of a store by the namespace of its objects. */
export const BY_NAMESPACE = 'namespace';
/** The index of a store by the owner label: `<namespace>.<name>` of an EgressProxy. */
export const BY_OWNER = 'owner';

export const byNamespace: IndexFunction<{ metadata: { namespace?: string } }> = ({ metadata }) => [
  metadata.namespace ?? '',
];

export const byOwner: IndexFunction<{ metadata: { labels?: Record<string, string> } }> = ({ metadata }) => {
  const owner = metadata.labels?.[label.ownerProxy];
  return owner === undefined ? [] : [owner];
};
