import {
  annotation,
  type EgressProxy,
  type LabelSelector,
  label,
  type Mode,
  type SkipReason,
} from '../api/index.ts';
import { parseSelector } from '../rules/index.ts';
import type { ProxyCatalog } from './proxy-catalog.ts';
import { proxyReference } from './proxy-catalog.ts';

/** What of a namespace decides how it is served. */
export interface NamespaceView {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

export type ActiveMode = Exclude<Mode, 'none'>;

interface Served {
  kind: 'served';
  mode: ActiveMode;
  proxy: EgressProxy;
  /** The pods that all of it is narrowed to; undefined: every pod of the namespace. */
  selector: LabelSelector | undefined;
  /** Why the pod-selector annotation could not be read. It then narrows nothing: closed rather than open. */
  selectorFault: string | undefined;
  /** An EgressProxy lives in this namespace: pods with the component label are the product's own. */
  hostsProxy: boolean;
}

interface NotServed {
  kind: 'notServed';
  /** What the namespace asks for: with `ProxyUnknown` it may be `enforce`, and must not be left open. */
  mode: Mode;
  reason: Extract<SkipReason, 'NamespaceNotOptedIn' | 'SystemNamespace' | 'ProxyUnknown'>;
  /** With `ProxyUnknown`: the reference that leads nowhere; undefined where there is no default proxy. */
  missingProxy: string | undefined;
}

/** How a namespace is served: the one answer that webhook, agent and controller share. */
export type ServedNamespace = Served | NotServed;

const KUBE_SYSTEM = 'kube-system';
const defaultModes = { None: 'none', Observe: 'observe', Enforce: 'enforce' } as const;

/**
 * Which mode and which EgressProxy serve a namespace. kube-system and the product's namespace never are, whatever
 * their labels say. The mode label wins over the default proxy's defaultMode and its exemptNamespaces; a mode label
 * with an unknown value counts as none set, so that a typing error does not open what a default closes.
 */
export function resolveMode(
  namespace: NamespaceView,
  catalog: ProxyCatalog,
  { productNamespace }: { productNamespace: string },
): ServedNamespace {
  const { name, labels = {} } = namespace.metadata;
  if (name === KUBE_SYSTEM || name === productNamespace) return notServed('SystemNamespace', 'none');
  const mode = modeLabel(labels[label.mode]) ?? defaultMode(name, catalog.defaultProxy);
  if (mode === 'none') return notServed('NamespaceNotOptedIn', mode);
  const reference = labels[label.proxy];
  const proxy = reference === undefined ? catalog.defaultProxy : catalog.find(reference);
  if (proxy === undefined) return notServed('ProxyUnknown', mode, reference);
  return {
    kind: 'served',
    mode,
    proxy,
    ...podSelector(namespace.metadata.annotations?.[annotation.podSelector]),
    hostsProxy: catalog.hostsProxy(name),
  };
}

/** The reference of the proxy that serves, as `<namespace>.<name>`; undefined when none does. */
export function servingProxy(served: ServedNamespace): string | undefined {
  return served.kind === 'served' ? proxyReference(served.proxy) : undefined;
}

function notServed(reason: NotServed['reason'], mode: Mode, missingProxy?: string): NotServed {
  return { kind: 'notServed', mode, reason, missingProxy };
}

function modeLabel(value: string | undefined): Mode | undefined {
  return value === 'enforce' || value === 'observe' || value === 'none' ? value : undefined;
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
