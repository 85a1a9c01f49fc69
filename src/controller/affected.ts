import {
  annotation,
  type ClusterEgressRuleSet,
  type EgressProxy,
  type EgressRuleSet,
  label,
} from '../api/index.ts';
import { ruleSetOfPolicyName } from '../enforcement/index.ts';
import { type Change, type KubeObject, keyOf, type Secret } from '../kube/index.ts';
import type { Context } from './context.ts';
import { isNamespacePolicy } from './egress-proxy/index.ts';
import {
  BY_NAMESPACE,
  type KeptNamespace,
  type KeptNode,
  type KeptPod,
  type KeptService,
} from './follow/index.ts';
import { names } from './names.ts';
import { ALL } from './queues.ts';

/** Milliseconds in which the changes of a namespace's pods and Services are taken together. */
const SETTLE = 200;

export function proxyChanged(change: Change<EgressProxy>, context: Context): void {
  context.queues.proxies.add(keyOf(change.object));
  if (change.type === 'modified' && saysTheSame(change.object, change.old)) return;
  context.queues.admission.add(ALL);
  context.queues.cniProbe.add(keyOf(change.object));
  context.queues.upstreams.add(keyOf(change.object));
  namespacesConcerned(context);
  ruleSetsConcerned(context);
  directTargetsConcerned(context);
}

/** All but its status. */
function saysTheSame(a: EgressProxy, b: EgressProxy): boolean {
  const [now, before] = [a, b].map(({ metadata }) => metadata.annotations?.[annotation.defaultProxy]);
  return (
    a.metadata.uid === b.metadata.uid && a.metadata.generation === b.metadata.generation && now === before
  );
}

export function namespaceChanged(change: Change<KeptNamespace>, context: Context): void {
  const { queues, followers } = context;
  const { name } = change.object.metadata;
  queues.namespaces.add(name);
  if (change.type === 'modified' && sameNamespace(change.object, change.old)) return;
  queues.admission.add(ALL);
  proxiesConcerned(context);
  for (const set of followers.ruleSets.store.byIndex(BY_NAMESPACE, name)) {
    queues.ruleSets.add(keyOf(set));
    queues.directTargets.add(keyOf(set));
  }
  for (const set of followers.clusterRuleSets.store.list()) queues.ruleSets.add(keyOf(set));
}

function sameNamespace(a: KeptNamespace, b: KeptNamespace): boolean {
  const [now, before] = [a, b].map(({ metadata: { labels, annotations }, terminating }) =>
    JSON.stringify([labels, annotations, terminating]),
  );
  return now === before;
}

export function ruleSetChanged({ object }: Change<EgressRuleSet>, { queues }: Context): void {
  queues.ruleSets.add(keyOf(object));
  queues.directTargets.add(keyOf(object));
}

/** Its clientCIDRs stand in the proxies' policies, and what it denies is no direct target. */
export function clusterRuleSetChanged(change: Change<ClusterEgressRuleSet>, context: Context): void {
  context.queues.ruleSets.add(keyOf(change.object));
  if (change.type === 'modified' && change.object.metadata.generation === change.old.metadata.generation)
    return;
  proxiesConcerned(context);
  directTargetsConcerned(context);
}

/** The policy of a rule set's direct targets is found by its name, also where the rule set is gone. */
export function networkPolicyChanged(
  { type, object }: Change<KubeObject>,
  { queues, reported }: Context,
): void {
  const { name, namespace = '', uid = '' } = object.metadata;
  if (type === 'deleted') reported.forget(uid);
  queues.namespaces.add(namespace);
  const ruleSet = ruleSetOfPolicyName(name);
  if (ruleSet !== undefined) queues.directTargets.add(keyOf({ metadata: { name: ruleSet, namespace } }));
}

export function podChanged(change: Change<KeptPod>, context: Context): void {
  const { queues, followers, board, reported } = context;
  const { metadata } = change.object;
  queues.namespaces.addAfter(metadata.namespace, SETTLE);
  if (change.type === 'deleted') reported.forget(metadata.uid);
  const owner = metadata.labels[label.ownerProxy];
  if (owner === undefined) return;
  queues.proxies.add(keyOfOwner(owner));
  if (change.type === 'modified' && sameReplica(change.object, change.old)) return;
  queues.cniProbe.add(keyOfOwner(owner));
  queues.upstreams.add(keyOfOwner(owner));
  board.retain(new Set(followers.pods.store.list().map((pod) => pod.metadata.uid)));
  ruleSetsConcerned(context);
}

function sameReplica(a: KeptPod, b: KeptPod): boolean {
  return (
    a.ready === b.ready &&
    a.terminating === b.terminating &&
    a.podIP === b.podIP &&
    a.metadata.uid === b.metadata.uid
  );
}

/** An object of a kind that proxies are made of. */
export function ownedChanged(object: KubeObject, { queues }: Context): void {
  const owner = object.metadata.labels?.[label.ownerProxy];
  if (owner !== undefined && !isNamespacePolicy(object)) queues.proxies.add(keyOfOwner(owner));
}

export function serviceChanged({ object }: Change<KeptService>, context: Context): void {
  const { dnsService } = context.settings;
  const key = keyOf(object);
  context.queues.namespaces.addAfter(object.metadata.namespace, SETTLE);
  if (object.ours !== undefined) ownedChanged(object.ours, context);
  if (key === 'default/kubernetes' || key === keyOf({ metadata: dnsService })) clusterChanged(context);
}

export function secretChanged({ object }: Change<Secret>, context: Context): void {
  const { name } = object.metadata;
  if (name === names.webhookSecret || name === names.authoritySecret) context.queues.certificates.add(ALL);
  if (name !== names.authoritySecret) return;
  context.queues.admission.add(ALL);
  proxiesConcerned(context);
}

export function nodeChanged(change: Change<KeptNode>, context: Context): void {
  if (change.type !== 'modified' || !sameNode(change.object, change.old)) clusterChanged(context);
}

function sameNode(a: KeptNode, b: KeptNode): boolean {
  return a.podCIDRs.join() === b.podCIDRs.join() && a.addresses.join() === b.addresses.join();
}

/** Something that the discovery reads. Many such changes at once are one look: a cluster has 5,000 nodes. */
export function clusterChanged({ queues }: Context): void {
  queues.discovery.add(ALL);
}

/** Looks at the cluster again. Mostly it is what it was, and nobody is concerned. */
export async function reconcileDiscovery(context: Context): Promise<void> {
  if (!context.view.rediscover()) return;
  context.queues.certificates.add(ALL);
  context.queues.admission.add(ALL);
  proxiesConcerned(context);
  namespacesConcerned(context);
  directTargetsConcerned(context);
}

function proxiesConcerned({ queues, followers }: Context): void {
  for (const proxy of followers.proxies.store.list()) queues.proxies.add(keyOf(proxy));
}

function namespacesConcerned({ queues, followers }: Context): void {
  for (const { metadata } of followers.namespaces.store.list()) queues.namespaces.add(metadata.name);
}

function ruleSetsConcerned({ queues, followers }: Context): void {
  for (const set of followers.ruleSets.store.list()) queues.ruleSets.add(keyOf(set));
  for (const set of followers.clusterRuleSets.store.list()) queues.ruleSets.add(keyOf(set));
}

function directTargetsConcerned({ queues, followers }: Context): void {
  for (const set of followers.ruleSets.store.list()) {
    if ((set.spec?.directTargets ?? []).length > 0) queues.directTargets.add(keyOf(set));
  }
}

/** `<namespace>.<name>` of the owner label as a key. Neither part can contain a dot. */
function keyOfOwner(owner: string): string {
  return owner.replace('.', '/');
}
