/** Kinds of which an installation adds objects to the cluster as a whole. */
export const clusterWideKinds: readonly string[] = [
  'namespaces',
  'customresourcedefinitions',
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'clusterroles',
  'clusterrolebindings',
];

/**
 * The product's objects among those that `kubectl get -o name` lists, `kind/name` a line. kube-egress:policy is the local
 * cluster's own.
 */
export function ownOf(list: string): string[] {
  return list.split('\n').filter((name) => /zalando\.org|kube-egress(?!:policy)|egress-proxy/.test(name));
}
