/** Labels and annotations of the product. */
const PREFIX = 'egress.zalando.org';

export const label = {
  /** On a namespace: `enforce`, `blocked`, `observe` or `none`. */
  mode: `${PREFIX}/mode`,
  /** On a namespace: `<namespace>.<name>` of its EgressProxy. */
  proxy: `${PREFIX}/proxy`,
  /** On a pod: `"false"` skips the injection. The NetworkPolicy still applies. */
  inject: `${PREFIX}/inject`,
  /** On the product's own pods: `webhook`, `controller`, `dashboard` or `proxy`. */
  component: `${PREFIX}/component`,
  /** On a pod that `kubectl egress` makes to try the proxy. */
  probe: `${PREFIX}/probe`,
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
  /** On a namespace: `report` or `cluster-only`, if its EgressProxy is less strict: see spec.dns. */
  dns: `${PREFIX}/dns`,
  /** On a namespace: `report` or `enforce`, if its EgressProxy is less strict: see spec.tlsServerName. */
  tlsServerName: `${PREFIX}/tls-server-name`,
  /** On a namespace: `allow` keeps the API server reachable in strict mode. */
  apiServer: `${PREFIX}/api-server`,
  /** On a namespace or a pod: further NO_PROXY entries, separated by commas. */
  noProxy: `${PREFIX}/no-proxy`,
  /** On a namespace: `"true"` disables the guard on hostNetwork pods. */
  allowHostNetwork: `${PREFIX}/allow-host-network`,
  /** On a namespace: `"true"` disables the guard on privileged pods, host namespaces and hostPath. */
  allowPrivileged: `${PREFIX}/allow-privileged`,
  /** On a namespace: lines that each admit one thing to one workload; the guards read it. */
  exceptions: `${PREFIX}/exceptions`,
  /** On a namespace: CSI drivers whose inline volumes pods may use, separated by commas. */
  allowInlineCsi: `${PREFIX}/allow-inline-csi`,
  /** On a namespace with `mode: blocked`: why and by whom; refusals and the condition Enforced show it. */
  blockedReason: `${PREFIX}/blocked-reason`,
  /** On a pod: environment variables that are not injected, separated by commas. */
  skipEnv: `${PREFIX}/skip-env`,
  /** On a pod: `"false"` disables transparent mode. */
  transparent: `${PREFIX}/transparent`,
  /** On a pod, written by the webhook: the injected parts. */
  injected: `${PREFIX}/injected`,
  /** On a proxy's pod template, written by the controller: the hash of squid.conf. */
  configHash: `${PREFIX}/config-hash`,
  /** On a rule set, written by the controller: the EgressRequest that asked for it. */
  request: `${PREFIX}/request`,
  /** On a rule set, written by the controller: the user who made that request. */
  requestedBy: `${PREFIX}/requested-by`,
  /** On a rule set, written by the controller: the user who approved that request. */
  approvedBy: `${PREFIX}/approved-by`,
  /** On an existing object that has a name of ours: `"true"` lets the controller take it over. */
  adopt: `${PREFIX}/adopt`,
} as const;

export const MANAGER = 'kube-egress';

/** `blocked`: as `enforce`, and every request is refused. */
export type Mode = 'enforce' | 'blocked' | 'observe' | 'none';

const enforcing: Readonly<Record<Mode, boolean>> = {
  enforce: true,
  blocked: true,
  observe: false,
  none: false,
};

/** The values of the mode label with which NetworkPolicies and guards close a namespace. */
export const enforcingModes: readonly string[] = Object.entries(enforcing).flatMap(([mode, enforces]) =>
  enforces ? [mode] : [],
);

/** Whether NetworkPolicies and guards close a namespace of this mode. */
export function isEnforcing(mode: Mode): boolean {
  return enforcing[mode];
}

/** The mode that a label's value names; undefined for any other value. */
export function readMode(value: string | undefined): Mode | undefined {
  return value !== undefined && Object.hasOwn(enforcing, value) ? (value as Mode) : undefined;
}
