import type { Change, KubeObject, Named } from '../kube/index.ts';
import {
  clusterChanged,
  clusterRuleSetChanged,
  namespaceChanged,
  networkPolicyChanged,
  nodeChanged,
  ownedChanged,
  podChanged,
  proxyChanged,
  ruleSetChanged,
  secretChanged,
  serviceChanged,
} from './affected.ts';
import type { Context } from './context.ts';
import { proxyKinds } from './follow/index.ts';
import { ALL } from './queues.ts';

interface Subscribable<S extends Named> {
  subscribe(listener: (change: Change<S>) => void): () => void;
}

/**
 * Connects every reflector that a plan reads from with the queues of what follows from it. The function that comes
 * back ends that.
 */
export function watchChanges(context: Context): () => void {
  const { followers: f, queues } = context;
  const ends: (() => void)[] = [];
  const on = <S extends Named>(source: Subscribable<S>, listener: (change: Change<S>) => void) =>
    ends.push(source.subscribe(listener));
  const namespaceOf = ({ object }: { object: Named }) => object.metadata.namespace ?? '';

  on(f.proxies, (change) => proxyChanged(change, context));
  on(f.namespaces, (change) => namespaceChanged(change, context));
  on(f.pods, (change) => podChanged(change, context));
  on(f.services, (change) => serviceChanged(change, context));
  on(f.secrets, (change) => secretChanged(change, context));
  on(f.nodes, (change) => nodeChanged(change, context));
  on(f.ruleSets, (change) => ruleSetChanged(change, context));
  on(f.clusterRuleSets, (change) => clusterRuleSetChanged(change, context));
  on(f.trustCopies, (change) => queues.namespaces.add(namespaceOf(change)));
  on(f.activities, (change) => queues.namespaces.add(namespaceOf(change)));
  on<KubeObject>(f.networkPolicies as Subscribable<KubeObject>, (change) =>
    networkPolicyChanged(change, context),
  );
  for (const owned of proxyKinds(f)) {
    on<KubeObject>(owned as Subscribable<KubeObject>, ({ object }) => ownedChanged(object, context));
  }
  for (const part of [f.apiServerSlices, f.dnsSlices, f.nodeLocalDns, f.serviceCidrs]) {
    if (part) on<KubeObject>(part as Subscribable<KubeObject>, () => clusterChanged(context));
  }
  for (const part of [f.mutatingWebhooks, f.validatingWebhooks, f.guardPolicies, f.guardBindings]) {
    on<KubeObject>(part as Subscribable<KubeObject>, () => queues.admission.add(ALL));
  }
  queues.certificates.add(ALL);
  queues.agentReports.add(ALL);
  return () => {
    for (const end of ends) end();
  };
}
