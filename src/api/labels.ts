/** Every label and annotation of the product, by its full name. */
const PREFIX = 'egress.zalando.org';

export const label = {
  /** On a namespace: `enforce`, `observe` or `none`. */
  mode: `${PREFIX}/mode`,
  /** On a namespace: `<namespace>.<name>` of the EgressProxy that serves it. */
  proxy: `${PREFIX}/proxy`,
  /** On a pod: `"false"` skips the injection, never the NetworkPolicy. */
  inject: `${PREFIX}/inject`,
  /** On the product's own pods: `webhook`, `controller`, `dashboard` or `proxy`. */
  component: `${PREFIX}/component`,
  /** On objects that the controller applies: `controller`. */
  managedBy: 'app.kubernetes.io/managed-by',
  /** On objects that the controller applies for an EgressProxy: `<namespace>.<name>`. */
  ownerProxy: `${PREFIX}/owner-proxy`,
  /** On a namespace's copy of a proxy's trust bundle, written by the controller: `<namespace>.<name>`. */
  trustBundle: `${PREFIX}/trust-bundle`,
  /** On a namespace: `"true"` lets the Prometheus in it reach the agents' metrics. */
  scrape: `${PREFIX}/scrape`,
} as const;

export const annotation = {
  /** On an EgressProxy: `"true"` makes it the one for namespaces without a proxy label. */
  defaultProxy: `${PREFIX}/is-default-proxy`,
  /** On a namespace: a label selector in kubectl's syntax that narrows everything to the pods that match. */
  podSelector: `${PREFIX}/pod-selector`,
  /** On a namespace: `deny` leaves only DNS and the proxy. */
  inClusterTraffic: `${PREFIX}/in-cluster-traffic`,
  /** On a namespace: `allow` keeps the API server reachable in strict mode. */
  apiServer: `${PREFIX}/api-server`,
  /** On a namespace: further NO_PROXY entries, separated by commas. */
  noProxy: `${PREFIX}/no-proxy`,
  /** On a namespace: `"true"` lifts the guard on hostNetwork pods. */
  allowHostNetwork: `${PREFIX}/allow-host-network`,
  /** On a namespace: `"true"` lifts the guard on privileged pods, host namespaces and hostPath. */
  allowPrivileged: `${PREFIX}/allow-privileged`,
  /** On a namespace: CSI drivers whose inline volumes pods may ask for, separated by commas. */
  allowInlineCsi: `${PREFIX}/allow-inline-csi`,
  /** On a pod: environment variables that the injection leaves out, separated by commas. */
  skipEnv: `${PREFIX}/skip-env`,
  /** On a pod: `"false"` leaves transparent mode out. */
  transparent: `${PREFIX}/transparent`,
  /** On a pod, written by the webhook: what was injected. */
  injected: `${PREFIX}/injected`,
  /** On a proxy's pod template, written by the controller: the hash of squid.conf. */
  configHash: `${PREFIX}/config-hash`,
  /** On an object with a name of ours that somebody else made: `"true"` lets the controller take it over. */
  adopt: `${PREFIX}/adopt`,
} as const;

export const MANAGER = 'kube-egress';

export type Mode = 'enforce' | 'observe' | 'none';
