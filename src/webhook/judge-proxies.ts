import { annotation, type EgressProxy } from '../api/index.ts';
import { isDefaultProxy, type ProxyCatalog, proxyReference } from '../injection/index.ts';
import { type Fault, type Validation, validateEgressProxy } from '../rules/index.ts';
import type { AdmissionRequest } from './admission-review.ts';
import type { ClusterView } from './cluster-view.ts';
import { expectKind } from './expected-kind.ts';
import { verdictOf } from './refusal.ts';
import { isOnTheWayOut, isSpecUnchanged } from './validation-passes.ts';
import { allowed, type Verdict } from './verdict.ts';

/** POST /validate-egressproxies */
export function judgeProxy(request: AdmissionRequest, cluster: ClusterView): Verdict {
  expectKind(request, 'EgressProxy');
  if (isOnTheWayOut(request, cluster)) return allowed;
  const proxy = withNamespace(request);
  if (request.operation === 'DELETE') return judgeDeletion(proxy, cluster);
  const { faults, warnings }: Validation = isSpecUnchanged(request)
    ? { faults: [], warnings: [] }
    : validateEgressProxy(request.object);
  return verdictOf({ faults: [...secondDefault(proxy, cluster.catalog), ...faults], warnings });
}

/** How many namespaces a refusal names. */
const NAMED = 10;

/** An EgressProxy goes only when no namespace depends on it: their pods would lose their way out. */
function judgeDeletion(proxy: EgressProxy, cluster: ClusterView): Verdict {
  const users = cluster.namespacesServedBy(proxyReference(proxy));
  if (users.length === 0) return allowed;
  const more = users.length > NAMED ? ` and ${users.length - NAMED} more` : '';
  const message = `EgressProxy ${shown(proxy)} serves ${users.slice(0, NAMED).join(', ')}${more}: give these namespaces another proxy (label egress.zalando.org/proxy), or take their mode label off, first`;
  return { kind: 'denied', message, causes: [] };
}

/** One default proxy at most; the fault names the one that is there. */
function secondDefault(proxy: EgressProxy, { defaultProxy }: ProxyCatalog): Fault[] {
  if (!isDefaultProxy(proxy) || defaultProxy === undefined) return [];
  if (proxyReference(defaultProxy) === proxyReference(proxy)) return [];
  const message = `EgressProxy ${shown(defaultProxy)} is the default proxy already: take the annotation off there first, or leave it out here`;
  return [{ field: `metadata.annotations[${annotation.defaultProxy}]`, reason: 'Conflict', message }];
}

/** Of a request to create, the namespace can stand beside the object only. */
function withNamespace({ object, oldObject, name, namespace }: AdmissionRequest): EgressProxy {
  const proxy = (object ?? oldObject ?? {}) as EgressProxy;
  const metadata = { ...proxy.metadata, name: name ?? proxy.metadata?.name ?? '' };
  return { ...proxy, metadata: namespace === undefined ? metadata : { ...metadata, namespace } };
}

function shown({ metadata }: EgressProxy): string {
  return `${metadata.namespace}/${metadata.name}`;
}
