/** The ValidatingAdmissionPolicies of manifests/base/guards; a test compares. */
export const guardNames: readonly string[] = [
  'kube-egress-bindings',
  'kube-egress-capabilities',
  'kube-egress-cni-policies',
  'kube-egress-component-labels',
  'kube-egress-endpoints',
  'kube-egress-exceptions',
  'kube-egress-exec',
  'kube-egress-external-names',
  'kube-egress-namespaces',
  'kube-egress-network-policies',
  'kube-egress-owned-objects',
  'kube-egress-pods',
  'kube-egress-reserved-names',
  'kube-egress-status-addresses',
  'kube-egress-strict-mode',
];
