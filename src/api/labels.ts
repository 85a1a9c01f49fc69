/** Labels and annotations of the product. */
const PREFIX = 'egress.zalando.org';

export const label = {
  /** On a namespace: `enforce`, `observe` or `none`. */
  mode: `${PREFIX}/mode`,
  /** On a namespace: `<namespace>.<name>` of its EgressProxy. */
  proxy: `${PREFIX}/proxy`,
  /** On a pod: `"false"` skips the injection. The NetworkPolicy still applies. */
  inject: `${PREFIX}/inject`,
  /** On the product's own pods: `webhook`, `controller`, `dashboard` or `proxy`. */
  component: `${PREFIX}/component`,
  /** On objects that the controller applies: `controller`. */
  managedBy: 'app.kubernetes.io/managed-by',
  /** On objects that the controller applies for an EgressProxy: `<namespace>.<name>`. */
  ownerProxy: `${PREFIX}/owner-proxy`,
  /** On a namespace's copy of a proxy's trust bundle, written by the controller: `<namespace>.<name>`. */
  trustBundle: `${PREFIX}/trust-bundle`,
  /** On a namespace: `"true"` lets its Prometheus scrape the agents. */
  scrape: `${PREFIX}/scrape`,
} as const;

export const annotation = {
  /** On an EgressProxy: `"true"` makes it the proxy of namespaces without a proxy label. */
  defaultProxy: `${PREFIX}/is-default-proxy`,
  /** On a namespace: a label selector in kubectl's syntax; only pods that match are injected and enforced. */
  podSelector: `${PREFIX}/pod-selector`,
  /** On a namespace: `deny` (strict mode) opens only DNS and the proxy. */
  inClusterTraffic: `${PREFIX}/in-cluster-traffic`,
  /** On a namespace: `allow` keeps the API server reachable in strict mode. */
  apiServer: `${PREFIX}/api-server`,
  /** On a namespace or a pod: further NO_PROXY entries, separated by commas. */
  noProxy: `${PREFIX}/no-proxy`,
  /** On a namespace: `"true"` disables the guard on hostNetwork pods. */
  allowHostNetwork: `${PREFIX}/allow-host-network`,
  /** On a namespace: `"true"` disables the guard on privileged pods, host namespaces and hostPath. */
  allowPrivileged: `${PREFIX}/allow-privileged`,
  /** On a namespace: CSI drivers whose inline volumes pods may use, separated by commas. */
  allowInlineCsi: `${PREFIX}/allow-inline-csi`,
  /** On a pod: environment variables that are not injected, separated by commas. */
  skipEnv: `${PREFIX}/skip-env`,
  /** On a pod: `"false"` disables transparent mode. */
  transparent: `${PREFIX}/transparent`,
  /** On a pod, written by the webhook: the injected parts. */
  injected: `${PREFIX}/injected`,
  /** On a proxy's pod template, written by the controller: the hash of squid.conf. */
  configHash: `${PREFIX}/config-hash`,
  /** On an existing object that has a name of ours: `"true"` lets the controller take it over. */
  adopt: `${PREFIX}/adopt`,
} as const;

export const MANAGER = 'kube-egress';

export type Mode = 'enforce' | 'observe' | 'none';
