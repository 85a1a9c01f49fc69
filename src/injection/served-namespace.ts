import {
  annotation,
  type EgressProxy,
  type LabelSelector,
  label,
  type Mode,
  readMode,
  type SkipReason,
  type TlsServerName,
} from '../api/index.ts';
import { type Block, matchesSelector, parseSelector } from '../rules/index.ts';
import { type DnsMode, dnsMode } from './client-dns.ts';
import type { ProxyCatalog } from './proxy-catalog.ts';
import { proxyReference } from './proxy-catalog.ts';
import { tlsServerNameOf } from './tls-server-name.ts';

/** The fields of a namespace that decide how it is served. */
export interface NamespaceView {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  /** Who wrote the mode label, and when; only in a blocked namespace. */
  modeSetBy?: Pick<Block, 'since' | 'manager'>;
}

export type ActiveMode = Exclude<Mode, 'none'>;

interface Served {
  kind: 'served';
  mode: ActiveMode;
  proxy: EgressProxy;
  /** Pods to which injection and rules are narrowed; undefined: all pods of the namespace. */
  selector: LabelSelector | undefined;
  /** Fault of the pod-selector annotation, which then narrows nothing: closed rather than open. */
  selectorFault: string | undefined;
  /** Which names the pods resolve. */
  dns: DnsMode;
  /** What happens to a tunnel of the pods that does not begin with TLS for the name that was allowed. */
  tlsServerName: TlsServerName;
  /** With mode `blocked`: by whom. */
  block: Block | undefined;
  /** The namespace holds an EgressProxy: its pods with the component label belong to the product. */
  hostsProxy: boolean;
}

interface NotServed {
  kind: 'notServed';
  /** Requested mode. With `ProxyUnknown` it may be an enforcing one, and the namespace must not be left open. */
  mode: Mode;
  reason: Extract<SkipReason, 'NamespaceNotOptedIn' | 'SystemNamespace' | 'ProxyUnknown'>;
  /** Reference of the missing proxy, with `ProxyUnknown`; undefined where there is no default proxy. */
  missingProxy: string | undefined;
}

/** How a namespace is served. Webhook, agent and controller share this answer. */
export type ServedNamespace = Served | NotServed;

const KUBE_SYSTEM = 'kube-system';
const defaultModes = { None: 'none', Observe: 'observe', Enforce: 'enforce' } as const;

/**
 * The mode and the EgressProxy that serve a namespace. kube-system and the product's namespace are never served,
 * whatever their labels. The mode label takes precedence over the default proxy's defaultMode and exemptNamespaces; a
 * mode label with an unknown value is ignored, so that a typing error does not open what a default closes.
 */
export function resolveMode(
  namespace: NamespaceView,
  catalog: ProxyCatalog,
  { productNamespace }: { productNamespace: string },
): ServedNamespace {
  const { name, labels = {} } = namespace.metadata;
  if (name === KUBE_SYSTEM || name === productNamespace) return notServed('SystemNamespace', 'none');
  const mode = readMode(labels[label.mode]) ?? defaultMode(name, catalog.defaultProxy);
  if (mode === 'none') return notServed('NamespaceNotOptedIn', mode);
  const reference = labels[label.proxy];
  const proxy = reference === undefined ? catalog.defaultProxy : catalog.find(reference);
  if (proxy === undefined) return notServed('ProxyUnknown', mode, reference);
  return {
    kind: 'served',
    mode,
    proxy,
    // Everything of a blocked namespace is blocked, the pods outside of its selector too.
    ...podSelector(mode === 'blocked' ? undefined : namespace.metadata.annotations?.[annotation.podSelector]),
    dns: effectiveDns(dnsMode(proxy, namespace), mode),
    tlsServerName: tlsServerNameOf(proxy, namespace, mode),
    block: mode === 'blocked' ? blockOf(namespace) : undefined,
    hostsProxy: catalog.hostsProxy(name),
  };
}

/** Observe mode refuses nothing. */
function effectiveDns(dns: DnsMode, mode: ActiveMode): DnsMode {
  return dns === 'ClusterOnly' && mode === 'observe' ? 'Report' : dns;
}

function blockOf({ metadata, modeSetBy }: NamespaceView): Block {
  return {
    since: modeSetBy?.since,
    manager: modeSetBy?.manager,
    reason: metadata.annotations?.[annotation.blockedReason],
  };
}

/** Reference of the serving proxy, `<namespace>.<name>`; undefined if the namespace is not served. */
export function servingProxy(served: ServedNamespace): string | undefined {
  return served.kind === 'served' ? proxyReference(served.proxy) : undefined;
}

type Labels = Readonly<Record<string, string>> | undefined;

/**
 * Whether a pod belongs to the product: by its component label, and only in namespaces where the product's pods run.
 * Elsewhere the label is ignored, so that a tenant cannot escape its namespace's rules with it.
 */
export function isOwnPod(labels: Labels, served: ServedNamespace): boolean {
  return served.kind === 'served' && served.hostsProxy && labels?.[label.component] !== undefined;
}

/** Why a pod of the namespace is no client of the proxy; undefined when it is one. */
export function podExclusion(labels: Labels, served: ServedNamespace): SkipReason | undefined {
  if (served.kind === 'notServed') return served.reason;
  if (isOwnPod(labels, served)) return 'OwnPod';
  if (!matchesSelector(served.selector, labels ?? {})) return 'PodNotSelected';
  return undefined;
}

function notServed(reason: NotServed['reason'], mode: Mode, missingProxy?: string): NotServed {
  return { kind: 'notServed', mode, reason, missingProxy };
}

function defaultMode(namespace: string, proxy: EgressProxy | undefined): Mode {
  if (proxy === undefined || proxy.spec.exemptNamespaces?.includes(namespace)) return 'none';
  return defaultModes[proxy.spec.defaultMode ?? 'None'];
}

function podSelector(text: string | undefined): Pick<Served, 'selector' | 'selectorFault'> {
  if (text === undefined || text.trim() === '') return { selector: undefined, selectorFault: undefined };
  const parsed = parseSelector(text);
  return parsed.ok
    ? { selector: parsed.selector, selectorFault: undefined }
    : { selector: undefined, selectorFault: parsed.fault.message };
}
