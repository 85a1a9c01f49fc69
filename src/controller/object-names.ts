import { POD_WEBHOOKS, RULE_WEBHOOKS } from '../api/index.ts';

/** Names of objects that manifests/base and docs/architecture.md contain too. */
export const names = {
  lease: 'kube-egress-controller',
  /** ServiceAccount of the controller; also the RoleBinding that gives it `proxiesRole` in a namespace. */
  controllerAccount: 'kube-egress-controller',
  /** ClusterRole with the rights that the controller needs in the namespaces of EgressProxies, and nowhere else. */
  proxiesRole: 'kube-egress-proxies',
  /** ConfigMap with the EgressProxy that the controller makes. */
  defaultProxy: 'kube-egress-default-proxy',
  authoritySecret: 'kube-egress-ca',
  /** A Secret of the type kubernetes.io/tls with a CA that was issued outside, as by cert-manager. It need not exist. */
  issuerSecret: 'kube-egress-issuer',
  webhookSecret: 'kube-egress-webhook-tls',
  webhookService: 'kube-egress-webhook',
  podWebhooks: POD_WEBHOOKS,
  ruleWebhooks: RULE_WEBHOOKS,
  /** ValidatingAdmissionPolicyBindings whose selector is that of the enforced namespaces. */
  guardBindings: [
    'kube-egress-pods',
    'kube-egress-bindings',
    'kube-egress-capabilities',
    'kube-egress-exec',
    'kube-egress-network-policies',
    'kube-egress-cni-policies',
    'kube-egress-endpoints',
    'kube-egress-external-names',
  ],
  /** The binding whose selector is that of the namespaces for which their EgressProxy sets strict mode. */
  strictBinding: 'kube-egress-strict-mode',
  /** ValidatingAdmissionPolicies that get a match condition, with its name. */
  guardConditions: {
    'kube-egress-capabilities': 'not-only-redirect',
    'kube-egress-endpoints': 'not-only-pods',
    'kube-egress-namespaces': 'where-enforced',
  },
} as const;
