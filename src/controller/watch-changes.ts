import { annotation, type EgressProxy, label } from '../api/index.ts';
import { type Change, type KubeObject, keyOf, type Named } from '../kube/index.ts';
import type { Context } from './context.ts';
import { isNamespacePolicy } from './egress-proxy/index.ts';
import { type KeptNamespace, type KeptPod, proxyKinds } from './follow/index.ts';
import { names } from './names.ts';
import { ALL } from './queues.ts';

/** Milliseconds in which a namespace's changing pods are taken together. */
const POD_SETTLE = 200;

interface Subscribable<S extends Named> {
  subscribe(listener: (change: Change<S>) => void): () => void;
}

/**
 * Which change concerns whom: every reflector that a plan reads from puts the keys of what follows from it on their
 * queues. The function that comes back ends that.
 */
export function watchChanges(context: Context): () => void {
  const { followers: f } = context;
  const unsubscribe: (() => void)[] = [];
  const on = <S extends Named>(source: Subscribable<S>, listener: (change: Change<S>) => void) =>
    unsubscribe.push(source.subscribe(listener));

  on(f.proxies, (change) => proxyChanged(change, context));
  on(f.namespaces, (change) => namespaceChanged(change, context));
  on(f.pods, (change) => podChanged(change, context));
  on(f.ruleSets, ({ object }) => context.queues.ruleSets.add(keyOf(object)));
  on(f.clusterRuleSets, ({ object }) => {
    context.queues.ruleSets.add(keyOf(object));
    addAllProxies(context);
  });
  on(f.activities, ({ object }) => context.queues.namespaces.add(object.metadata.namespace ?? ''));
  on(f.networkPolicies, ({ object }) => context.queues.namespaces.add(object.metadata.namespace ?? ''));
  for (const reflector of proxyKinds(f)) {
    on<KubeObject>(reflector as Subscribable<KubeObject>, ({ object }) => ownedChanged(object, context));
  }
  on(f.services, ({ object }) => {
    if (object.ours !== undefined) ownedChanged(object.ours, context);
    context.queues.namespaces.addAfter(object.metadata.namespace, POD_SETTLE);
  });
  on(f.secrets, ({ object }) => secretChanged(object.metadata.name, context));
  const lookAgain = () => clusterChanged(context);
  on(f.nodes, (change) => {
    if (change.type !== 'modified' || !sameNode(change.object, change.old)) lookAgain();
  });
  on(f.apiServerSlices, lookAgain);
  on(f.dnsSlices, lookAgain);
  on(f.nodeLocalDns, lookAgain);
  if (f.serviceCidrs) on(f.serviceCidrs, lookAgain);
  on(f.services, ({ object }) => {
    if (object.metadata.name === 'kubernetes' || object.selector?.['k8s-app'] === 'kube-dns') lookAgain();
  });
  for (const reflector of [f.mutatingWebhooks, f.validatingWebhooks, f.guardBindings, f.guardParameters]) {
    on<KubeObject>(reflector as Subscribable<KubeObject>, () => context.queues.admission.add(ALL));
  }
  context.queues.certificates.add(ALL);
  return () => unsubscribe.forEach((end) => void end());
}

function proxyChanged(change: Change<EgressProxy>, context: Context): void {
  context.queues.proxies.add(keyOf(change.object));
  if (change.type === 'modified' && saysTheSame(change.object, change.old)) return;
  context.queues.admission.add(ALL);
  addAllNamespaces(context);
  addAllRuleSets(context);
}

/** All but its status. */
function saysTheSame(a: EgressProxy, b: EgressProxy): boolean {
  const [now, before] = [a, b].map(({ metadata }) => metadata.annotations?.[annotation.defaultProxy]);
  return (
    a.metadata.uid === b.metadata.uid && a.metadata.generation === b.metadata.generation && now === before
  );
}

function namespaceChanged(change: Change<KeptNamespace>, context: Context): void {
  context.queues.namespaces.add(change.object.metadata.name);
  if (change.type === 'modified' && sameNamespace(change.object, change.old)) return;
  context.queues.admission.add(ALL);
  addAllProxies(context);
  for (const set of context.followers.ruleSets.store.byIndex('namespace', change.object.metadata.name)) {
    context.queues.ruleSets.add(keyOf(set));
  }
  for (const set of context.followers.clusterRuleSets.store.list()) context.queues.ruleSets.add(keyOf(set));
}

function sameNamespace(a: KeptNamespace, b: KeptNamespace): boolean {
  const [now, before] = [a, b].map(({ metadata: { labels, annotations }, terminating }) =>
    JSON.stringify([labels, annotations, terminating]),
  );
  return now === before;
}

function podChanged(change: Change<KeptPod>, context: Context): void {
  const { metadata } = change.object;
  context.queues.namespaces.addAfter(metadata.namespace, POD_SETTLE);
  if (change.type === 'deleted') context.reported.delete(metadata.uid);
  const owner = metadata.labels[label.ownerProxy];
  if (owner === undefined) return;
  context.queues.proxies.add(owner.replace('.', '/'));
  if (change.type === 'modified' && sameReplica(change.object, change.old)) return;
  context.board.retain(new Set(context.followers.pods.store.list().map((pod) => pod.metadata.uid)));
  addAllRuleSets(context);
}

function sameReplica(a: KeptPod, b: KeptPod): boolean {
  return (
    a.ready === b.ready &&
    a.terminating === b.terminating &&
    a.podIP === b.podIP &&
    a.metadata.uid === b.metadata.uid
  );
}

function ownedChanged(object: KubeObject, { queues }: Context): void {
  const owner = object.metadata.labels?.[label.ownerProxy];
  if (owner !== undefined && !isNamespacePolicy(object)) queues.proxies.add(owner.replace('.', '/'));
}

function secretChanged(name: string, context: Context): void {
  if (name === names.webhookSecret || name === names.authoritySecret) context.queues.certificates.add(ALL);
  if (name !== names.authoritySecret) return;
  context.queues.admission.add(ALL);
  addAllProxies(context);
}

function clusterChanged(context: Context): void {
  if (!context.view.rediscover()) return;
  context.queues.certificates.add(ALL);
  context.queues.admission.add(ALL);
  addAllProxies(context);
  addAllNamespaces(context);
}

function sameNode(a: { podCIDRs: readonly string[]; addresses: readonly string[] }, b: typeof a): boolean {
  return a.podCIDRs.join() === b.podCIDRs.join() && a.addresses.join() === b.addresses.join();
}

function addAllProxies({ queues, followers }: Context): void {
  for (const proxy of followers.proxies.store.list()) queues.proxies.add(keyOf(proxy));
}

function addAllNamespaces({ queues, followers }: Context): void {
  for (const { metadata } of followers.namespaces.store.list()) queues.namespaces.add(metadata.name);
}

function addAllRuleSets({ queues, followers }: Context): void {
  for (const set of followers.ruleSets.store.list()) queues.ruleSets.add(keyOf(set));
  for (const set of followers.clusterRuleSets.store.list()) queues.ruleSets.add(keyOf(set));
}
