import {
  annotation,
  type ClusterEgressRuleSet,
  type EgressProxy,
  type EgressRuleSet,
  label,
} from '../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace } from '../cluster/index.ts';
import { type Change, keyOf, type Named, type ReadonlyStore } from '../kube/index.ts';
import type { CachedPod } from './cache/trim-pod.ts';

/** The key of a controller that has only one thing to reconcile. */
export const ALL = 'all';

/** Milliseconds in which the changes of a namespace's pods and Services become one reconciliation. */
export const SETTLE = 200;

export const enqueueAll = (): string[] => [ALL];

export const enqueueObject = ({ object }: { object: Named }): string[] => [keyOf(object)];

export const enqueueNamespace = ({ object }: { object: Named }): string[] => [
  object.metadata.namespace ?? '',
];

/** Enqueues the EgressProxy that the owner label names. */
export function enqueueOwner({ object }: { object: Labelled }): string[] {
  const owner = object.metadata.labels?.[label.ownerProxy];
  return owner === undefined ? [] : [keyOfReference(owner)];
}

interface Labelled {
  metadata: { labels?: Record<string, string> };
}

export function* enqueueEach(...stores: readonly ReadonlyStore<Named>[]): Iterable<string> {
  for (const store of stores) for (const object of store.list()) yield keyOf(object);
}

/** Enqueues the rule sets that have direct targets. */
export function* enqueueDirectTargets(ruleSets: ReadonlyStore<EgressRuleSet>): Iterable<string> {
  for (const set of ruleSets.list()) if ((set.spec?.directTargets ?? []).length > 0) yield keyOf(set);
}

/** Enqueues the rule sets of the namespace that has changed. */
export const enqueueRuleSetsOf = (
  { object }: Change<CachedNamespace>,
  ruleSets: ReadonlyStore<EgressRuleSet>,
): string[] => ruleSets.byIndex(BY_NAMESPACE, object.metadata.name).map(keyOf);

/** The key of the EgressProxy that a reference `<namespace>.<name>` names. Neither of them can contain a dot. */
export function keyOfReference(reference: string): string {
  return reference.replace('.', '/');
}

/** Whether only the status of the EgressProxy has changed. */
export function statusOnlyChange(change: Change<EgressProxy>): boolean {
  if (change.type !== 'modified') return false;
  const { object: now, old } = change;
  return (
    now.metadata.uid === old.metadata.uid &&
    now.metadata.generation === old.metadata.generation &&
    now.metadata.annotations?.[annotation.defaultProxy] ===
      old.metadata.annotations?.[annotation.defaultProxy]
  );
}

/** Whether the spec of the rule set has changed. */
export function rulesChanged(change: Change<ClusterEgressRuleSet> | Change<EgressRuleSet>): boolean {
  return change.type !== 'modified' || change.object.metadata.generation !== change.old.metadata.generation;
}

/** Whether how the namespace is served may have changed. */
export function namespaceChanged(change: Change<CachedNamespace>): boolean {
  if (change.type !== 'modified') return true;
  const [now, before] = [change.object, change.old].map(
    ({ metadata: { labels, annotations }, terminating }) =>
      JSON.stringify([labels, annotations, terminating]),
  );
  return now !== before;
}

/** Whether a pod of a proxy has changed in a way that concerns those who ask its agent. */
export function replicaChanged(change: Change<CachedPod>): boolean {
  if (change.object.metadata.labels[label.ownerProxy] === undefined) return false;
  if (change.type !== 'modified') return true;
  const { object: now, old } = change;
  return (
    now.ready !== old.ready ||
    now.terminating !== old.terminating ||
    now.podIP !== old.podIP ||
    now.metadata.uid !== old.metadata.uid
  );
}
