import { isDeepStrictEqual } from 'node:util';
import { ACTIVITY_NAME, type EgressProxy, isEnforcing } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import { proxyReference, type ServedNamespace } from '../../injection/index.ts';
import { type Change, keyOf, type ReconcileResult, splitKey } from '../../kube/index.ts';
import { type Controller, follow, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import {
  enqueueEach,
  enqueueNamespace,
  enqueueObject,
  rulesChanged,
  SETTLE,
  statusOnlyChange,
} from '../enqueue.ts';
import { throwFailures } from '../objects/index.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { reconcileTrustCopy } from '../trust-bundle/reconcile-copy.ts';
import { applyPolicies, findWideningPolicies } from './apply-policies.ts';
import { type FormerProxy, planFormerProxies } from './plan-former-proxies.ts';
import { EventDeduplicator, reportPods, reportWidening } from './report-events.ts';
import { deleteActivity, ensureActivity, writeActivityStatus } from './write-activity.ts';

/** Encloses a namespace: its policies, its EgressActivity and the Events on its pods. Key: the namespace. */
export const namespaceController: Controller<[Deps, LeaderState]> = {
  name: 'namespaces',
  concurrency: 8,
  create(deps, state) {
    const { reflectors, facts } = deps;
    const reported = new EventDeduplicator();
    const forget = ({ type, object }: Change<{ metadata: { uid?: string } }>) => {
      if (type === 'deleted') reported.forget(object.metadata.uid ?? '');
    };
    const enqueueNamespaces = () => enqueueEach(reflectors.namespaces.store);
    return {
      watches: [
        watch(reflectors.proxies, (change) =>
          statusOnlyChange(change) && !nameserverChanged(change) ? [] : enqueueNamespaces(),
        ),
        watch(reflectors.namespaces, enqueueObject),
        watch(reflectors.pods, enqueueNamespace, { settleMs: SETTLE }),
        watch(reflectors.services, enqueueNamespace, { settleMs: SETTLE }),
        watch(reflectors.ruleSets, (change) => (rulesChanged(change) ? enqueueNamespace(change) : []), {
          settleMs: SETTLE,
        }),
        watch(reflectors.trustCopies, enqueueNamespace),
        watch(reflectors.activities, enqueueNamespace),
        watch(reflectors.networkPolicies, enqueueNamespace),
        watch(facts, enqueueNamespaces),
        watch(state.trustBundles, (proxy) => enqueueServedBy(proxy, deps)),
        follow(reflectors.pods, forget),
        follow(reflectors.networkPolicies, forget),
      ],
      reconcile: (name, signal) => reconcileNamespace(name, { ...state, reported }, deps, signal),
    };
  },
};

/** Policies open the nameserver once it has an address. */
function nameserverChanged(change: Change<EgressProxy>): boolean {
  if (change.type !== 'modified') return true;
  return !isDeepStrictEqual(change.object.status?.dnsAddresses, change.old.status?.dnsAddresses);
}

function enqueueServedBy(proxy: string, { facts }: Pick<Deps, 'facts'>): string[] {
  return facts.servedBy({ metadata: splitKey(proxy) }).map(({ namespace }) => keyOf(namespace));
}

type State = Pick<LeaderState, 'formerProxies' | 'trustBundles'> & { reported: EventDeduplicator };

/** A terminating namespace is left as it is. */
async function reconcileNamespace(
  name: string,
  { formerProxies, trustBundles, reported }: State,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const namespace = deps.reflectors.namespaces.store.get(name);
  if (namespace === undefined || namespace.terminating) return undefined;
  const served = deps.facts.served(namespace);
  const left = findFormerProxies(name, served, deps);
  const former = left.flatMap(({ proxy }) => deps.facts.catalog.find(proxy.replace('/', '.')) ?? []);
  formerProxies.set(name, former.map(proxyReference));
  const policies = await applyPolicies({ namespace, served, former }, deps, signal);
  const trust = await reconcileTrustCopy(name, served, trustBundles, deps, signal);
  if (isOptedIn(served)) {
    const activity = await ensureActivity(name, deps, signal);
    const widening = isEnforcing(served.mode) ? findWideningPolicies({ namespace, served }, deps) : [];
    await writeActivityStatus(
      activity,
      { namespace, served, former: left, policies, widening, trust },
      deps,
      signal,
    );
    reportPods(name, served, reported, deps);
    reportWidening(name, widening, reported, deps);
  } else {
    await deleteActivity(name, deps, signal);
  }
  throwFailures(policies.failures);
  return undefined;
}

/** What the namespace has left and its pods still use: planFormerProxies. */
function findFormerProxies(
  namespace: string,
  served: ServedNamespace,
  { reflectors, clock }: Pick<Deps, 'reflectors' | 'clock'>,
): FormerProxy[] {
  if (served.kind !== 'served') return [];
  const activity = reflectors.activities.store.get(keyOf({ metadata: { name: ACTIVITY_NAME, namespace } }));
  return planFormerProxies({
    previous: activity?.status,
    current: keyOf(served.proxy),
    pods: reflectors.pods.store.byIndex(BY_NAMESPACE, namespace),
    now: clock.now(),
  });
}

/** A namespace whose EgressProxy does not exist has opted in too. */
function isOptedIn(served: ServedNamespace): boolean {
  return served.kind === 'served' || served.reason === 'ProxyUnknown';
}
