import { label, type SkipReason } from '../api/index.ts';
import { matchesSelector } from '../rules/index.ts';
import type { ServedNamespace } from './served-namespace.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/**
 * Whether a pod belongs to the product: by its component label, and only where the product's pods run. Elsewhere
 * the label means nothing, so that a tenant cannot leave its namespace's rules by writing it.
 */
export function isOwnPod(labels: Labels, served: ServedNamespace): boolean {
  return served.kind === 'served' && served.hostsProxy && labels?.[label.component] !== undefined;
}

/** Why a pod of the namespace is no client of the proxy; undefined when it is one. */
export function podExclusion(labels: Labels, served: ServedNamespace): SkipReason | undefined {
  if (served.kind === 'notServed') return served.reason;
  if (isOwnPod(labels, served)) return 'OwnPod';
  if (!matchesSelector(served.selector, labels ?? {})) return 'PodNotSelected';
  return undefined;
}
