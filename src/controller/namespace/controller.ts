import { isEnforcing } from '../../api/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import { type Change, keyOf, type ReconcileResult, splitKey } from '../../kube/index.ts';
import { type Controller, follow, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueEach, enqueueNamespace, enqueueObject, rulesChanged, SETTLE } from '../enqueue.ts';
import { concernsNamespaces } from '../namespace-policies/concerns-namespaces.ts';
import { findFormerProxies } from '../namespace-policies/find-former-proxies.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { reconcileTrustCopy } from '../trust-bundle/reconcile-copy.ts';
import { findWideningPolicies } from './find-widening-policies.ts';
import { EventDeduplicator, reportPods, reportWidening } from './report-events.ts';
import { deleteActivity, ensureActivity, writeActivityStatus } from './write-activity.ts';

/**
 * Reports on a namespace: its EgressActivity, and Events. Copies the trust bundle into it, too: its state is a condition. Key: the
 * namespace.
 */
export const namespaceController: Controller<[Deps, LeaderState]> = {
  name: 'namespaces',
  concurrency: 8,
  stage: 'report',
  create(deps, state) {
    const { reflectors, facts } = deps;
    const reported = new EventDeduplicator();
    const forget = ({ type, object }: Change<{ metadata: { uid?: string } }>) => {
      if (type === 'deleted') reported.forget(object.metadata.uid ?? '');
    };
    const enqueueNamespaces = () => enqueueEach(reflectors.namespaces.store);
    return {
      watches: [
        watch(reflectors.proxies, (change) => (concernsNamespaces(change) ? enqueueNamespaces() : [])),
        watch(reflectors.namespaces, enqueueObject),
        watch(reflectors.pods, enqueueNamespace, { settleMs: SETTLE }),
        watch(reflectors.services, enqueueNamespace, { settleMs: SETTLE }),
        watch(reflectors.ruleSets, (change) => (rulesChanged(change) ? enqueueNamespace(change) : []), {
          settleMs: SETTLE,
        }),
        watch(reflectors.targetGroups, enqueueNamespaces, { settleMs: SETTLE }),
        watch(reflectors.trustCopies, enqueueNamespace),
        watch(reflectors.activities, enqueueNamespace),
        watch(reflectors.networkPolicies, enqueueNamespace),
        watch(facts, enqueueNamespaces),
        watch(state.policyOutcomes, (namespace) => [namespace]),
        watch(state.trustBundles, (proxy) => enqueueServedBy(proxy, deps)),
        follow(reflectors.pods, forget),
        follow(reflectors.networkPolicies, forget),
      ],
      reconcile: (name, signal) => reconcileNamespace(name, { ...state, reported }, deps, signal),
    };
  },
};

function enqueueServedBy(proxy: string, { facts }: Pick<Deps, 'facts'>): string[] {
  return facts.servedBy({ metadata: splitKey(proxy) }).map(({ namespace }) => keyOf(namespace));
}

type State = Pick<LeaderState, 'policyOutcomes' | 'trustBundles'> & { reported: EventDeduplicator };

/** A terminating namespace is left as it is, and one whose policies were not reconciled yet is reported after that. */
async function reconcileNamespace(
  name: string,
  { policyOutcomes, trustBundles, reported }: State,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const namespace = deps.reflectors.namespaces.store.get(name);
  const policies = policyOutcomes.get(name);
  if (namespace === undefined || namespace.terminating || policies === undefined) return undefined;
  const served = deps.facts.served(namespace);
  const trust = await reconcileTrustCopy(name, served, trustBundles, deps, signal);
  if (!isOptedIn(served)) {
    await deleteActivity(name, deps, signal);
    return undefined;
  }
  const activity = await ensureActivity(name, deps, signal);
  const former = findFormerProxies(name, served, deps);
  const widening = isEnforcing(served.mode) ? findWideningPolicies({ namespace, served }, deps) : [];
  const isNews = await writeActivityStatus(
    activity,
    { namespace, served, former, policies, widening, trust },
    deps,
    signal,
  );
  reportPods(activity, served, { reported, isNews }, deps);
  reportWidening(name, widening, reported, deps);
  return undefined;
}

/** A namespace whose EgressProxy does not exist has opted in too. */
function isOptedIn(served: ServedNamespace): boolean {
  return served.kind === 'served' || served.reason === 'ProxyUnknown';
}
