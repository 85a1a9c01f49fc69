import { isDeepStrictEqual } from 'node:util';
import type { EgressActivity } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';
import type { Change, ReconcileResult } from '../../kube/index.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueEach, enqueueNamespace, enqueueObject, SETTLE } from '../enqueue.ts';
import { throwFailures } from '../objects/index.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { applyPolicies } from './apply-policies.ts';
import { concernsNamespaces } from './concerns-namespaces.ts';
import { findFormerProxies } from './find-former-proxies.ts';

/** Encloses a namespace by its policy. Key: the namespace. The folder `namespace` reports on it. */
export const namespacePolicyController: Controller<[Deps, LeaderState]> = {
  name: 'namespacePolicies',
  concurrency: 16,
  stage: 'enclose',
  create(deps, state) {
    const { reflectors, facts } = deps;
    const enqueueNamespaces = () => enqueueEach(reflectors.namespaces.store);
    return {
      watches: [
        watch(reflectors.proxies, (change) => (concernsNamespaces(change) ? enqueueNamespaces() : [])),
        watch(reflectors.namespaces, enqueueObject),
        // Pods may use a proxy that their namespace has left.
        watch(reflectors.pods, enqueueNamespace, { settleMs: SETTLE }),
        watch(reflectors.activities, (change) => (proxyRecorded(change) ? enqueueNamespace(change) : [])),
        watch(reflectors.networkPolicies, enqueueNamespace),
        watch(facts, enqueueNamespaces),
      ],
      reconcile: (name, signal) => reconcilePolicies(name, state, deps, signal),
    };
  },
};

/** Whether the proxies that the namespace uses or has left are other ones in its EgressActivity than before. */
function proxyRecorded(change: Change<EgressActivity>): boolean {
  if (change.type !== 'modified') return true;
  const [now, before] = [change.object, change.old].map(({ status }) => [
    status?.proxy,
    status?.formerProxies,
  ]);
  return !isDeepStrictEqual(now, before);
}

/** A terminating namespace is left as it is. */
async function reconcilePolicies(
  name: string,
  { formerProxies, policyOutcomes }: Pick<LeaderState, 'formerProxies' | 'policyOutcomes'>,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const namespace = deps.reflectors.namespaces.store.get(name);
  if (namespace === undefined) policyOutcomes.delete(name);
  if (namespace === undefined || namespace.terminating) return undefined;
  const served = deps.facts.served(namespace);
  const former = findFormerProxies(name, served, deps).flatMap(
    ({ proxy }) => deps.facts.catalog.find(proxy.replace('/', '.')) ?? [],
  );
  formerProxies.set(name, former.map(proxyReference));
  const { conflicts, replacement, failures } = await applyPolicies(
    { namespace, served, former },
    deps,
    signal,
  );
  policyOutcomes.set(name, {
    isApplied: failures.length === 0,
    conflicts: conflicts.map(({ metadata }) => metadata.name),
    replacement,
  });
  throwFailures(failures);
  return undefined;
}
