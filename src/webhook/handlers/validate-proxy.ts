import { annotation, type EgressProxy, label } from '../../api/index.ts';
import { isDefaultProxy, type ProxyCatalog, proxyReference } from '../../injection/index.ts';
import { type Fault, type Validation, validateEgressProxy } from '../../rules/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import { type AdmissionRequest, allowed, type Verdict } from '../http/index.ts';
import { expectKind, isSpecUnchanged, isTerminating, verdictOf } from './validation.ts';

/** POST /validate-egressproxies */
export function validateProxy(request: AdmissionRequest, cluster: ClusterView): Verdict {
  expectKind(request, 'EgressProxy');
  if (isTerminating(request, cluster)) return allowed;
  const proxy = proxyOf(request);
  if (request.operation === 'DELETE') return validateDeletion(proxy, cluster);
  const { faults, warnings }: Validation = isSpecUnchanged(request)
    ? { faults: [], warnings: [] }
    : validateEgressProxy(request.object);
  return verdictOf({ faults: [...secondDefault(proxy, cluster.catalog), ...faults], warnings });
}

/** Namespaces that a message names. */
const NAMED = 10;

/** An EgressProxy that serves namespaces cannot be deleted: their pods would lose all egress. */
function validateDeletion(proxy: EgressProxy, cluster: ClusterView): Verdict {
  const users = cluster.namespacesServedBy(proxyReference(proxy));
  if (users.length === 0) return allowed;
  const more = users.length > NAMED ? ` and ${users.length - NAMED} more` : '';
  const message = `EgressProxy ${shown(proxy)} serves ${users.slice(0, NAMED).join(', ')}${more}: first give these namespaces another proxy (label ${label.proxy}) or remove their label ${label.mode}`;
  return { kind: 'denied', message, causes: [] };
}

/** A cluster has one default proxy at most; the fault names the existing one. */
function secondDefault(proxy: EgressProxy, { defaultProxy }: ProxyCatalog): Fault[] {
  if (!isDefaultProxy(proxy) || defaultProxy === undefined) return [];
  if (proxyReference(defaultProxy) === proxyReference(proxy)) return [];
  const message = `EgressProxy ${shown(defaultProxy)} is already the default proxy: first remove the annotation there, or omit it here`;
  return [{ field: `metadata.annotations[${annotation.defaultProxy}]`, reason: 'Conflict', message }];
}

/** On CREATE the namespace may be set on the AdmissionRequest only. */
function proxyOf({ object, oldObject, name, namespace }: AdmissionRequest): EgressProxy {
  const proxy = (object ?? oldObject ?? {}) as EgressProxy;
  const metadata = { ...proxy.metadata, name: name ?? proxy.metadata?.name ?? '' };
  return { ...proxy, metadata: namespace === undefined ? metadata : { ...metadata, namespace } };
}

function shown({ metadata }: EgressProxy): string {
  return `${metadata.namespace}/${metadata.name}`;
}
