import { annotation, type EgressTargetGroup, label, readMode } from '../api/index.ts';
import type { KubeObject, Namespace } from '../kube/index.ts';
import { countTargets, MOST_TARGETS } from '../rules/index.ts';

/** The field manager that wrote a namespace's mode label last, and when (RFC 3339). */
export interface ModeWriter {
  since: string | undefined;
  manager: string | undefined;
}

/** The fields of a Namespace that components cache: a cluster has 10,000 of them. */
export interface CachedNamespace {
  metadata: {
    name: string;
    resourceVersion: string;
    labels: Record<string, string>;
    /** Annotations of the product that apply to a namespace's pods. */
    annotations: Record<string, string>;
  };
  terminating: boolean;
  /** Who wrote the mode label, and when; only in a blocked namespace. */
  modeSetBy?: ModeWriter;
}

const cachedAnnotations = [
  annotation.blockedReason,
  annotation.podSelector,
  annotation.noProxy,
  annotation.inClusterTraffic,
  annotation.apiServer,
  annotation.dns,
  annotation.tlsServerName,
  annotation.allowHostNetwork,
  annotation.allowPrivileged,
  annotation.allowInlineCsi,
];

export function trimNamespace({ metadata, status }: Namespace): CachedNamespace {
  const { name, resourceVersion = '', labels = {}, annotations = {}, deletionTimestamp } = metadata;
  return {
    metadata: { name, resourceVersion, labels, annotations: pick(annotations, cachedAnnotations) },
    terminating: deletionTimestamp !== undefined || status?.phase === 'Terminating',
    ...(readMode(labels[label.mode]) === 'blocked' && { modeSetBy: writerOfMode(metadata) }),
  };
}

function writerOfMode({ managedFields = [] }: Namespace['metadata']): ModeWriter {
  const writers = managedFields.filter(({ fieldsV1 }) => ownsLabel(fieldsV1, label.mode));
  // RFC 3339 in UTC sorts as text.
  const last = writers.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1))[0];
  return { since: last?.time, manager: last?.manager };
}

/** `fieldsV1` has the form {"f:metadata": {"f:labels": {"f:KEY": {}}}}. */
function ownsLabel(fieldsV1: unknown, key: string): boolean {
  const fields = fieldsV1 as Record<string, Record<string, Record<string, unknown>>> | undefined;
  return fields?.['f:metadata']?.['f:labels']?.[`f:${key}`] !== undefined;
}

/**
 * The rule set with its spec, without annotations, labels, managedFields, status and reason: they are a tenant's to fill.
 * A list of too many targets stays too long and is cut off after them.
 */
export function trimRuleSet<
  T extends KubeObject & { status?: unknown; spec: { targets: string[]; reason?: string } },
>({ status: _, ...object }: T): T {
  const { name, namespace, uid, generation, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(generation !== undefined && { generation }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
  };
  const { reason: _reason, ...spec } = object.spec;
  if (countTargets(spec) > MOST_TARGETS) spec.targets = spec.targets.slice(0, MOST_TARGETS + 1);
  return { ...object, metadata, spec } as unknown as T;
}

/** The group with its targets only: the rest is for those who read it. */
export function trimTargetGroup({ spec, ...object }: EgressTargetGroup): EgressTargetGroup {
  return { ...trimManagedFields(object), spec: { targets: spec.targets } };
}

/** Drops managedFields, which are as large as the rest of the object. */
export function trimManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function pick(all: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])));
}
