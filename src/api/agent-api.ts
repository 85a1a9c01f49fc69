import type { AuditRecord } from './audit-record.ts';

/** `GET /v1/generations`: what an agent decides by, the generation of each rule set and of its EgressProxy, by uid. */
export interface Generations {
  generations: Record<string, number>;
}

/** A request that an agent saw: while its tunnel is open what is known of it, then its audit record. */
export interface Flow extends AuditRecord {
  /** Rises with each entry of this agent; a tunnel that closes is told again under a new one. */
  seq: number;
  state: 'open' | 'closed';
  /** An open tunnel whose rule is gone. */
  revoked?: true;
}

/**
 * `GET /v1/flows?after=&limit=&namespace=&id=`: flows that the agent remembers, oldest first. Without `after` the
 * newest ones and the open tunnels; with it the first ones behind it, so that who asks on misses none. At most `limit`
 * of each (1,000 unless told, and never more). `namespace` may be given several times; `id` finds one request's.
 */
export interface FlowPage {
  /** Another after each start of the agent: then seq begins anew. */
  instance: string;
  /** The proxy pod. */
  pod: string;
  /** The seq to ask for next, as `after`. */
  next: number;
  /** Flows after `after`, of any namespace, that the agent remembers no longer: at most so many. */
  dropped: number;
  flows: Flow[];
}

/** What an agent counted of one target with one outcome in one namespace. */
export interface TargetCount {
  target: string;
  verdict: AuditRecord['verdict'];
  wouldDeny?: true;
  reason?: AuditRecord['reason'];
  rule?: string;
  count: number;
  bytesReceived: number;
  bytesSent: number;
  /** RFC 3339: when the first of them arrived, and when the last of them ended. */
  firstSeen: string;
  lastSeen: string;
  /** `Kind/name` of the pods' workloads, the newest ones. */
  owners: string[];
}

/**
 * `GET /v1/activity?namespace=`: every request that was printed in the audit log, counted since the agent's start.
 * Under the namespace `""` stand clients that are no pods.
 */
export interface ActivityReport {
  instance: string;
  pod: string;
  /** RFC 3339: when counting began. */
  since: string;
  namespaces: Record<string, NamespaceCounts>;
  /** By the rule as audit records name it; only without `namespace`. A rule that holds a tunnel open is in use now. */
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
  /** At most 500, the most recently seen. */
  targets: TargetCount[];
  /** Requests whose target is no longer among them: `requests` less the targets' counts. */
  dropped: number;
}

/** How one replica finds a parent proxy. */
export interface UpstreamHealth {
  name: string;
  healthy: boolean;
  /** What is wrong with it; also with one that can be used all the same. */
  lastError?: string;
  /** RFC 3339: since when it is healthy, or not. */
  since: string;
}

/** `GET /v1/upstreams`: the parents that the Squid beside this agent knows, in their order. */
export interface UpstreamReport {
  upstreams: UpstreamHealth[];
}
