import { label, MANAGER } from '../../api/index.ts';
import type { ConfigMap, KubeObject, Namespace, Node, Service } from '../../kube/index.ts';
import type { NodeView } from '../discovery/index.ts';
import { hashFiles } from '../hash-files.ts';

type Kept = { metadata: { name: string; namespace?: string; resourceVersion: string } };

export interface KeptNamespace extends Kept {
  metadata: Kept['metadata'] & { labels: Record<string, string>; annotations: Record<string, string> };
  terminating: boolean;
}

export function keepNamespace({ metadata, status }: Namespace): KeptNamespace {
  const { name, resourceVersion = '', labels = {}, annotations = {}, deletionTimestamp } = metadata;
  return {
    metadata: { name, resourceVersion, labels, annotations },
    terminating: deletionTimestamp !== undefined || status?.phase === 'Terminating',
  };
}

export interface KeptNode extends Kept, NodeView {}

export function keepNode({ metadata, spec, status }: Node): KeptNode {
  const { name, resourceVersion = '' } = metadata;
  const ofNode = (status?.addresses ?? []).filter(
    ({ type }) => type === 'InternalIP' || type === 'ExternalIP',
  );
  return {
    metadata: { name, resourceVersion },
    podCIDRs: spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]),
    addresses: ofNode.map(({ address }) => address),
  };
}

export interface KeptService extends Kept {
  metadata: Kept['metadata'] & { namespace: string };
  clusterIPs: readonly string[];
  selector: Record<string, string> | undefined;
  /** Whole where it is ours. */
  ours: Service | undefined;
}

export function keepService(service: Service): KeptService {
  const { metadata, spec } = service;
  const { name, namespace = '', resourceVersion = '', labels } = metadata;
  return {
    metadata: { name, namespace, resourceVersion },
    clusterIPs: (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None'),
    selector: spec?.selector,
    ours: labels?.[label.managedBy] === MANAGER ? service : undefined,
  };
}

export interface KeptTrustCopy extends Kept {
  hash: string;
}

export function keepTrustCopyHash({ metadata, data }: ConfigMap): KeptTrustCopy {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  return { metadata: { name, namespace, resourceVersion }, hash: hashFiles(data) };
}

/** With no other manager's fields (ours are named kube-egress and kube-egress-...), which are as large as the object. */
export function keepOurFields<T extends KubeObject>(object: T): T {
  const ours = (object.metadata.managedFields ?? []).filter(
    ({ manager }) => manager === MANAGER || manager?.startsWith(`${MANAGER}-`),
  );
  return { ...object, metadata: { ...object.metadata, managedFields: ours } };
}
