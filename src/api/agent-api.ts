import type { AuditRecord } from './audit-record.ts';

/** `GET /v1/generations`: the generations of the rule sets, target groups and the EgressProxy that an agent uses, by uid. */
export interface Generations {
  generations: Record<string, number>;
}

/** A request that an agent saw: its audit record, partial while its tunnel is open. */
export interface Flow extends AuditRecord {
  /** Rises with each entry of this agent. A tunnel that closes is a new entry. */
  seq: number;
  state: 'open' | 'closed';
  /** Set on an open tunnel that the rules no longer allow. */
  revoked?: true;
}

/**
 * `GET /v1/flows?after=&limit=&namespace=&id=`: flows that the agent remembers, oldest first. Without `after`: the
 * newest flows and the open tunnels. With `after`: the first flows after it, so that a client that continues misses
 * none. At most `limit` of each (default and maximum 1,000). `namespace` may be repeated; `id` finds one request.
 */
export interface FlowPage {
  /** Changes with each start of the agent, which restarts seq. */
  instance: string;
  /** The proxy pod. */
  pod: string;
  /** The `after` of the next query. */
  next: number;
  /** Upper bound of the flows after `after`, in any namespace, that the agent no longer remembers. */
  dropped: number;
  flows: Flow[];
}

/** Requests of one namespace to one target with one outcome. */
export interface TargetCount {
  target: string;
  verdict: AuditRecord['verdict'];
  wouldDeny?: true;
  reason?: AuditRecord['reason'];
  tlsFault?: AuditRecord['tlsFault'];
  rule?: string;
  count: number;
  bytesReceived: number;
  bytesSent: number;
  /** RFC 3339: when the first request arrived, and when the last one ended. */
  firstSeen: string;
  lastSeen: string;
  /** `Kind/name` of the pods' workloads, most recent first. */
  owners: string[];
}

/**
 * `GET /v1/activity?namespace=`: counts of the requests in the audit log since the agent's start. The namespace `""`
 * is that of clients that are not pods.
 */
export interface ActivityReport {
  instance: string;
  pod: string;
  /** RFC 3339: when counting began. */
  since: string;
  namespaces: Record<string, NamespaceCounts>;
  /** By the rule as audit records name it; only without `namespace`. A rule is in use while a tunnel of it is open. */
  rules: Record<string, RuleUse>;
}

/** How often a rule decided, and when it last did. */
export interface RuleUse {
  count: number;
  /** RFC 3339. */
  lastSeen: string;
}

export interface NamespaceCounts {
  requests: number;
  denied: number;
  /** The most recently seen, at most 500. */
  targets: TargetCount[];
  /** Requests whose target is no longer listed: `requests` minus the targets' counts. */
  dropped: number;
}

/** State of a parent proxy, as one replica sees it. */
export interface UpstreamHealth {
  name: string;
  healthy: boolean;
  /** Its last error, which does not have to make it unhealthy. */
  lastError?: string;
  /** RFC 3339: the last change of `healthy`. */
  since: string;
}

/** `GET /v1/upstreams`: the parents of this agent's Squid, in order of preference. */
export interface UpstreamReport {
  upstreams: UpstreamHealth[];
}
