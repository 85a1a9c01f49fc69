import type { ActivityTarget, Condition, Flow } from '../api/index.ts';

/** What the page asks for and gets: types alone, shared by server and page. */

/** `GET /api/session` */
export interface Session {
  viewer: string;
  /** `local`: on the viewer's machine, with the rights of their kubeconfig. */
  kind: 'cluster' | 'local';
  /** The one namespace that is looked at, where the viewer may not look at all of them. */
  onlyNamespace?: string;
}

/** `GET /api/overview` */
export interface Overview {
  /** RFC 3339. */
  now: string;
  namespaces: NamespaceSummary[];
  series: Series;
  agents: AgentState[];
}

export interface NamespaceSummary {
  name: string;
  /** `enforce` or `observe`; absent before the controller has said so. */
  mode?: string;
  /** `namespace/name`. */
  proxy?: string;
  conditions: Condition[];
  requests: number;
  denied: number;
  wouldDeny: number;
  ruleSets: number;
  /** The newest refusal, or what enforce would have refused. */
  lastRefusal?: DashboardFlow;
  /** The target that was refused last, also where the request itself is remembered no longer. */
  lastRefused?: string;
}

/** Requests in equal steps of time, oldest first. */
export interface Series {
  /** Milliseconds since the epoch: when the first step begins. */
  start: number;
  /** Milliseconds. */
  step: number;
  allowed: number[];
  denied: number[];
  /** Of the allowed ones, what enforce would refuse. */
  wouldDeny: number[];
}

/** An agent whose counts and flows the answer holds, or not. */
export interface AgentState {
  /** `namespace/name` of the proxy pod. */
  pod: string;
  /** `namespace/name` of the EgressProxy. */
  proxy: string;
  state: 'answering' | 'unreachable' | 'unasked';
  message?: string;
  /** RFC 3339: the last good answer. */
  heard?: string;
  /** RFC 3339: since when it counts. */
  since?: string;
}

export interface DashboardFlow extends Omit<Flow, 'seq'> {
  /** One for a request, whatever happens to it. */
  key: string;
  /** `namespace/name` of the proxy pod. */
  agent: string;
}

/** `GET /api/flows?after=` */
export interface FlowAnswer {
  /** What to ask for next, as `after`. */
  cursor: string;
  /** What was known before is no longer: the dashboard began anew. */
  reset: boolean;
  more: boolean;
  /** Oldest first. One that is known already by its key takes the other's place. */
  flows: DashboardFlow[];
  /** Requests that came too fast to be listed; they are counted all the same. */
  missed: number;
  agents: AgentState[];
}

/** `GET /api/namespaces/<name>` */
export interface NamespaceView {
  summary: NamespaceSummary;
  series: Series;
  /** Undefined: the viewer may not list them. */
  ruleSets?: RuleSetView[];
  /** `activity`: no agent could be asked; as the controller wrote it down within the last minute. */
  source: 'agents' | 'activity';
  targets: ActivityTarget[];
  /** Requests that were counted, but whose targets were too many to be kept. */
  dropped: number;
  /** RFC 3339: since when is counted, which is the opt-in. */
  since?: string;
  /** Undefined: the viewer may not list them. */
  pods?: PodsView;
  agents: AgentState[];
}

export interface RuleSetView {
  name: string;
  /** The pods that it holds for; absent: all. */
  selector?: string;
  accepted?: Condition;
  programmed?: Condition;
  targets: RuleView[];
  directTargets: string[];
  hits: number;
  lastSeen?: string;
}

export interface RuleView {
  target: string;
  hits: number;
  lastSeen?: string;
}

export interface PodsView {
  /** Pods that should have the proxy variables and do not. */
  notInjected: string[];
  /** Pods that have them, of which no request was seen. */
  silent: string[];
  clients: number;
}

/** `GET /api/proxies` */
export interface ProxiesView {
  proxies: ProxyView[];
}

export interface ProxyView {
  namespace: string;
  name: string;
  isDefault: boolean;
  url?: string;
  replicas: number;
  readyReplicas: number;
  namespaces: number;
  conditions: Condition[];
  upstreams: UpstreamView[];
  agents: AgentState[];
}

export interface UpstreamView {
  name: string;
  address: string;
  /** Empty: everything. */
  targets: string[];
  tls: boolean;
  /** As the replicas find it; undefined before they have said so. */
  healthy?: boolean;
  lastError?: string;
  /** RFC 3339: since when it is healthy, or not. */
  since?: string;
  /** Of the flows that are remembered. */
  requests: number;
  failed: number;
  lastSeen?: string;
  lastFailure?: string;
}
