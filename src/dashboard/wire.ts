import type { ActivityTarget, Approval, Condition, Flow, RequestState } from '../api/index.ts';

/** Types of the read API, shared by server and page. */

/** `GET /api/session` */
export interface Session {
  viewer: string;
  /** `local`: on the viewer's machine, with the permissions of the kubeconfig. */
  kind: 'cluster' | 'local';
  /** The only namespace that is shown, if the viewer has no access to all namespaces. */
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
  /** `enforce` or `observe`; absent before the controller has written it. */
  mode?: string;
  /** `namespace/name`. */
  proxy?: string;
  conditions: Condition[];
  requests: number;
  denied: number;
  wouldDeny: number;
  ruleSets: number;
  /** The latest request that was denied or, in observe mode, would be denied. */
  lastRefusal?: DashboardFlow;
  /** The target of the last refusal; present even if the request is no longer in memory. */
  lastRefused?: string;
}

/** Requests per step of time, oldest first. */
export interface Series {
  /** Start of the first step, milliseconds since the epoch. */
  start: number;
  /** Milliseconds. */
  step: number;
  allowed: number[];
  denied: number[];
  /** The part of `allowed` that enforce mode would deny. */
  wouldDeny: number[];
}

/** Whether the answer includes the flows and counts of an agent. */
export interface AgentState {
  /** `namespace/name` of the proxy pod. */
  pod: string;
  /** `namespace/name` of the EgressProxy. */
  proxy: string;
  state: 'answering' | 'unreachable' | 'pending';
  message?: string;
  /** Time of the last successful answer, RFC 3339. */
  lastAnswerAt?: string;
  /** Start of its counts, RFC 3339. */
  since?: string;
}

export interface DashboardFlow extends Omit<Flow, 'seq'> {
  /** Identifies the request; the same while the tunnel is open and after its end. */
  key: string;
  /** `namespace/name` of the proxy pod. */
  agent: string;
}

/** `GET /api/flows?after=` */
export interface FlowAnswer {
  /** Value of `after` in the next request. */
  cursor: string;
  /** The dashboard has restarted: drop all flows of earlier answers. */
  reset: boolean;
  more: boolean;
  /** In order of arrival. A flow replaces an earlier one with the same key. */
  flows: DashboardFlow[];
  /** Requests that came too fast to be listed; they are still counted. */
  missed: number;
  agents: AgentState[];
}

/** `GET /api/namespaces/<name>` */
export interface NamespaceDetail {
  summary: NamespaceSummary;
  series: Series;
  /** Undefined if the viewer may not list them. */
  ruleSets?: RuleSetView[];
  /** Undefined if the viewer may not list them. */
  requests?: RequestView[];
  /** Whether the viewer may approve and refuse requests. */
  mayAnswer: boolean;
  /** Whether the viewer may approve own requests as well. */
  mayApproveOwn: boolean;
  /** `activity`: no agent was reachable; the counts are those of the EgressActivity, up to a minute old. */
  source: 'agents' | 'activity';
  targets: ActivityTarget[];
  /** Requests to targets beyond the limit of the list. */
  dropped: number;
  /** Start of the counts, which is the opt-in, RFC 3339. */
  since?: string;
  /** Undefined if the viewer may not list them. */
  pods?: PodsView;
  agents: AgentState[];
}

export interface RuleSetView {
  name: string;
  /** Selects the pods that it applies to; absent: all pods. */
  selector?: string;
  accepted?: Condition;
  programmed?: Condition;
  /** Absent while it has not expired. */
  expired?: Condition;
  /** RFC 3339; absent: never. */
  expiresAt?: string;
  targets: RuleView[];
  directTargets: string[];
  hits: number;
  lastSeen?: string;
}

/** An EgressRequest. */
export interface RequestView {
  name: string;
  uid: string;
  targets: string[];
  /** Selects the pods that it is for; absent: all pods. */
  selector?: string;
  duration: string;
  reason: string;
  requestedBy: string;
  state: RequestState;
  answer?: Approval;
  /** RFC 3339. */
  expiresAt?: string;
  /** Why its rule set could not be made, or was over early. */
  problem?: string;
  createdAt?: string;
}

/** `GET /api/namespaces/<name>/suggestion` */
export interface SuggestionView {
  /** The rule set that it is for. */
  name: string;
  /** All targets of the rule set. */
  targets: { target: string; requests: number; present: boolean }[];
  /** Names of the EgressTargetGroups that the rule set refers to. */
  targetGroups: string[];
  /** `reason`: a DecisionReason, `Refused` or `NotATarget`. */
  leftOut: { target: string; reason: string }[];
  /** Targets that passed, and that enforce mode refuses with the rule set, too. */
  stillRefused: string[];
  /** False if the user of a local dashboard may not list ClusterEgressRuleSets. */
  knowsClusterRules: boolean;
}

/** Body of `POST /api/namespaces/<name>/simulation`: the objects of the pasted manifests. */
export interface SimulationInput {
  objects: unknown[];
}

/** What pasted rule sets would do to what the namespace requested. */
export interface SimulationView {
  /** What the webhook would refuse, by the name of the rule set; with a fault there are no targets. */
  faults: { ruleSet: string; message: string }[];
  /** Every target that was requested, most requests first. */
  targets: SimulatedView[];
  /** In observe mode, what passed and enforce mode would refuse is newly refused. */
  mode: string;
  /** False if the user of a local dashboard may not list ClusterEgressRuleSets. */
  knowsClusterRules: boolean;
  /** False if the viewer may not list pods, whose labels a podSelector needs. */
  knowsPods: boolean;
}

export interface SimulatedView {
  target: string;
  outcome: 'newlyRefused' | 'newlyPasses' | 'passes' | 'refused';
  requests: number;
  /** RFC 3339. */
  lastSeen: string;
  /** `Kind/name` of the workloads that requested it. */
  owners: string[];
  /** By the rules after the change. */
  reason: string;
  rule?: string;
}

/** `POST /api/namespaces/<name>/requests/<request>/answer` */
export interface RequestAnswer {
  /** The uid of the request that the viewer has read. */
  uid: string;
  outcome: Approval['outcome'];
  reason?: string;
}

export interface RuleView {
  target: string;
  hits: number;
  lastSeen?: string;
}

export interface PodsView {
  /** Pods that should have the proxy variables but do not. */
  notInjected: string[];
  /** Pods that the proxy can never serve, such as those with hostNetwork. They are no clients. */
  notServed: string[];
  /** Pods with the proxy variables but without a request. */
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
  /** Empty: all targets. */
  targets: string[];
  tls: boolean;
  /** Result of the replicas' probes; undefined before the first. */
  healthy?: boolean;
  lastError?: string;
  /** Start of the current health state, RFC 3339. */
  since?: string;
  /** Counts of the flows in memory. */
  requests: number;
  failed: number;
  lastSeen?: string;
  lastFailure?: string;
}
