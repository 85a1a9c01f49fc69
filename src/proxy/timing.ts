/**
 * Times and sizes that are safe only together, because Squid, the relay, the agent and the pod each use one of them.
 * timing.test.ts asserts the inequalities below. The relay's constants reach C through the generated
 * src/relay/timing.h; the defaults of the API's schema are repeated in src/api, and the test compares them.
 */

// Names: the address that the agent has checked is the address that Squid dials.

/**
 * Seconds for which Squid caches an address from the agent (positive_dns_ttl). It bounds how long Squid may dial an
 * address after the agent has replaced it: SQUID_DNS_TTL < PARENT_ANSWER and SQUID_DNS_TTL < CHECKED_NAME < NAME_TTL.
 */
export const SQUID_DNS_TTL_SECONDS = 2;

/** Seconds for which Squid caches that a name does not resolve (negative_dns_ttl): not longer than the agent does. */
export const SQUID_NEGATIVE_DNS_TTL_SECONDS = 1;

/**
 * Milliseconds after a start-up answer about a parent in which Squid may still have it cached. It is longer than
 * SQUID_DNS_TTL, or Squid would be counted as settled while it dials the start-up address.
 */
export const PARENT_ANSWER_MS = 2500;

/**
 * Milliseconds for which a checked name must stay in the agent's cache, so that Squid, which asks immediately, is
 * answered from the checked entry: SQUID_DNS_TTL < CHECKED_NAME < NAME_TTL.shortest. A fresh entry could never be
 * used if it were as long as the shortest TTL.
 */
export const CHECKED_NAME_MS = 3000;

/** Bounds of the time for which the agent caches a name, in seconds; `failed` is for a lookup without an answer. */
export const NAME_TTL_SECONDS = { shortest: 5, longest: 300, failed: 1 } as const;

/**
 * Milliseconds after an allow in which Squid may ask the agent for the name: longer than a lease, Squid's wait for
 * DNS and its tries to connect together, since a request may dial its name again until the last of them ends.
 */
export const ALLOWED_NAME_MS = 5 * 60_000;

// Leases: the relay reuses an allow only while a new decision would be the same.

/** Milliseconds for which the relay may reuse an allow: at most NAME_TTL.shortest. */
export const LEASE_MS = 5000;

/** Milliseconds of a lease that names parents: shorter, since their credentials change without a new revision. */
export const PARENT_LEASE_MS = 1000;

/** Milliseconds for which the agent uses a parent's credentials before it reads their files again. */
export const CREDENTIALS_MS = 5000;

/**
 * Milliseconds from the first report of a reuse until the relay sends its reports: less than LEASE, so that the agent
 * still remembers the lease.
 */
export const REUSE_REPORT_MS = 250;

/**
 * Milliseconds after the end of a lease in which the agent still knows it: longer than REUSE_REPORT, so that the last
 * reuse is reported to an agent that knows the lease, even if it is late in reading the report.
 */
export const LEASE_REPORTS_MS = 2000;

/** Issued leases that the agent remembers for reports: as many as the relay's cache has places. */
export const ISSUED_LEASES = 1 << 14;

/** Buckets of the relay's cache of leases, and places in each. */
export const LEASE_BUCKETS = 4096;
export const LEASE_WAYS = 4;

// Waiting: a component that waits for another one waits longer than that one may take.

/**
 * Milliseconds for which an ACL request waits for the agent, restarts included; then the relay denies it. Longer than
 * the longest decision (RATE_WAIT, the most that identityHoldSeconds can be, and NAME_LOOKUP). Squid itself waits without a limit.
 */
export const RELAY_PATIENCE_MS = 30_000;

/** Seconds for which Squid waits for the agent's DNS (dns_timeout): RELAY_PATIENCE, as for the agent's decision. */
export const SQUID_DNS_TIMEOUT_SECONDS = 30;

/** Milliseconds before Squid repeats a DNS query to the next nameserver; it doubles after each round. */
export const SQUID_DNS_RETRANSMIT_MS = 250;

/** Milliseconds of each try of a lookup in the cluster's DNS. Together NAME_LOOKUP: less than RELAY_PATIENCE. */
export const NAME_LOOKUP_TRIES_MS: readonly number[] = [1000, 2000, 3000, 4000];
export const NAME_LOOKUP_MS = NAME_LOOKUP_TRIES_MS.reduce((sum, ms) => sum + ms, 0);

/** Milliseconds for which a request of a client that is too fast waits for its turn, or for its refusal. */
export const RATE_WAIT_MS = 1000;

/** Seconds for which an ACL request waits for a pod address that the API does not show yet; the schema's default. */
export const DEFAULT_IDENTITY_HOLD_SECONDS = 5;

/**
 * Milliseconds after which a decision that began before a change has ended and opens no further tunnel. Longer than
 * NAME_LOOKUP, the only wait between the evaluation of the rules and the answer.
 */
export const RECENT_DECISION_MS = 15_000;

/**
 * Seconds for one address of a parent to accept a connection, in Squid (cache_peer connect-timeout) and in the agent's
 * probe alike, so that the agent reports a parent as healthy only if Squid can use it; the schema's default.
 */
export const PARENT_CONNECT_SECONDS = 3;

/**
 * How many times longer a parent may take to answer the agent's probe than to accept a connection. A parent under load answers late;
 * one that takes longer at the default is given up before Squid ends its requests (SQUID_FORWARD).
 */
export const PARENT_ANSWER_FACTOR = 3;

/**
 * Seconds without data after which Squid sends TCP keepalives to a client, between two of them, and without an answer until
 * it closes the connection. Shorter than the idle limit of load balancers and NAT gateways (350 s at AWS).
 */
export const CLIENT_KEEPALIVE_SECONDS = { idle: 60, interval: 30, timeout: 120 } as const;

/**
 * Seconds for one address of a target to accept a connection (connect_timeout): enough for a SYN and two more (after 1 s
 * and 3 s, as Linux sends them), and so short that a fifth address is tried before SQUID_FORWARD.
 */
export const SQUID_CONNECT_SECONDS = 5;

/** Seconds for which Squid tries addresses and parents of one request (forward_timeout). */
export const SQUID_FORWARD_SECONDS = 30;

/**
 * Seconds for Squid to answer the agent's own request (GET /readyz/squid), and for the kubelet to wait for that. The first
 * is shorter, so that the kubelet gets the reason.
 */
export const SQUID_PROBE_SECONDS = 2;
export const SQUID_PROBE_TIMEOUT_SECONDS = 3;

/**
 * A process is restarted after it has not answered for a minute. On a node without free CPU answers take seconds, and with
 * the usual limits (1 s, 3 failures) every process would be restarted, which takes more CPU than it had.
 */
export const LIVENESS_LIMITS = { periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 } as const;

/**
 * Seconds for which a listening Squid stays ready without an answer: a slow proxy is better than none, and load that slows
 * one replica down slows the others down, too.
 */
export const SQUID_SILENCE_SECONDS = 15;

/**
 * Seconds for which a tunnel may carry no data, and a server of a plain request may be silent (read_timeout); the schema's
 * default. Long enough for pools of connections that work once in an hour: an idle tunnel takes two file descriptors and
 * 32 KB of Squid's memory (measured over 2,000), so that a namespace with all of DEFAULT_CONNECTIONS takes 128 MB.
 */
export const DEFAULT_IDLE_SECONDS = 3600;

// Stopping: endpoint removal + drain + STOP_AFTER_DRAIN is the pod's terminationGracePeriodSeconds.

/** Seconds before Squid gets its signal to stop (preStop), so that every kube-proxy has removed the pod before. */
export const ENDPOINT_REMOVAL_SECONDS = 10;

/** Seconds for which open tunnels may continue in a stopping proxy (shutdown_lifetime); the schema's default. */
export const DEFAULT_DRAIN_SECONDS = 30;

/** Seconds after shutdown_lifetime in which Squid ends. */
export const SQUID_EXIT_SECONDS = 1;

/**
 * Seconds of the pod's termination after the drain. Squid ends, then the agent is stopped and writes the last
 * lines: SQUID_EXIT + AGENT_LAST_WRITES, and AGENT_SQUID_WAIT, fit into it.
 */
export const STOP_AFTER_DRAIN_SECONDS = 10;

/**
 * Failed probes, two seconds apart, until the nameserver for pods is not ready, and milliseconds for which it answers after
 * its signal to stop. kube-proxy leads a flow of UDP, and a query from a port that was used before, to a stopping pod until
 * that is not ready: long enough for the failed probes and for every kube-proxy to follow.
 */
export const CLIENT_DNS_PROBES = { periodSeconds: 2, failureThreshold: 2 } as const;
export const CLIENT_DNS_LAST_QUERIES_MS = 9000;

/** Milliseconds that a stopping agent waits for Squid to end. */
export const AGENT_SQUID_WAIT_MS = 10_000;

/**
 * Milliseconds that a request is under way until the audit log has an open record of it. Most end earlier, so that
 * these records are few.
 */
export const OPEN_RECORD_AFTER_MS = 60_000;

/** Milliseconds that a stopping agent then waits for its log files. */
export const AGENT_LAST_WRITES_MS = 5000;

// The log between Squid and the agent: segments in a folder that relay and agent share.

/** Bytes of a full segment. The agent deletes whole segments, so that many of them fit below the cap. */
export const SEGMENT_BYTES = 1 << 20;

/** Milliseconds after which the relay closes a segment that is not full: the agent deletes closed ones only. */
export const SEGMENT_AGE_MS = 30_000;

/** Bytes of all segments (spec.accessLog.maxSize); the schema's default. Less than the volume has. */
export const DEFAULT_LOG_CAP_BYTES = 64 << 20;

/** The least bytes of the volume that relay and agent share: the segments, the socket, and what a late agent leaves. */
export const RUN_VOLUME_BYTES = 256 << 20;

// What an agent stores for its next start.

/** Bytes of the volume `state`. The kubelet evicts a pod whose volume is larger. */
export const STATE_VOLUME_BYTES = 256 << 20;

/** Bytes of the largest snapshot. While one is replaced the volume has two. */
export const SNAPSHOT_BYTES = 96 << 20;

/** Bytes of the other files of the volume: the open tunnels are the largest, and are replaced as a snapshot is. */
export const OTHER_STATE_BYTES = 48 << 20;

// Sizes of Squid's queue.

/** The most file descriptors of Squid (max_filedescriptors); a request needs two, its client's and its server's. */
export const SQUID_FILE_DESCRIPTORS = 65_536;

/** Bytes of Squid's memory limit for each file descriptor: an unfinished head takes 35 KB, an open tunnel 32 KB for two. */
export const BYTES_OF_A_DESCRIPTOR = 40 << 10;

/** Bytes of Squid without any connection, and of its relays: 40 MB were measured. */
export const SQUID_BASE_BYTES = 64 << 20;

/**
 * Connections of one client (spec.limits.connectionsPerClient); the schema's default. A client that never ends its
 * headers holds REQUEST_HEADER_BYTES for each: with this many, 32 MB.
 */
export const DEFAULT_CONNECTIONS_PER_CLIENT = 1000;

/** Bytes of a request's head (request_header_max_size). Squid answers 431 to more. */
export const REQUEST_HEADER_BYTES = 32 << 10;

/** Bytes of a request's body that Squid holds for a server that does not read (client_request_buffer_max_size). */
export const REQUEST_BUFFER_BYTES = 64 << 10;

/** Seconds for a request's head to arrive (request_start_timeout, request_timeout). */
export const REQUEST_HEAD_SECONDS = 20;

/** ACL requests that Squid may have sent (concurrency): as many as it can have requests, so that none waits for it. */
export const SQUID_ACL_CONCURRENCY = 32_768;

/** ACL requests that wait for a decision (spec.limits.pending); the schema's default. */
export const DEFAULT_PENDING = 4096;

/** ACL requests of one client that wait (spec.limits.pendingPerSource); the schema's default. */
export const DEFAULT_PENDING_PER_SOURCE = 64;

/** Open tunnels and requests of a namespace in a proxy pod (spec.limits.connections); the schema's default. */
export const DEFAULT_CONNECTIONS = 4000;

/** Requests a second of a namespace in a proxy pod (spec.limits.requestsPerSecond); the schema's default. */
export const DEFAULT_REQUESTS_PER_SECOND = 1000;

/** Constants that the relay shares, by their names in src/relay/timing.h. */
export const relayConstants = {
  RELAY_PATIENCE_MS,
  REUSE_REPORT_MS,
  LEASE_BUCKETS,
  LEASE_WAYS,
  SEGMENT_BYTES,
  SEGMENT_AGE_MS,
  DEFAULT_LOG_CAP_BYTES,
  GATE_CONNECT_MS: SQUID_CONNECT_SECONDS * 1000,
  KEEPALIVE_IDLE_SECONDS: CLIENT_KEEPALIVE_SECONDS.idle,
  KEEPALIVE_INTERVAL_SECONDS: CLIENT_KEEPALIVE_SECONDS.interval,
  KEEPALIVE_PROBES: CLIENT_KEEPALIVE_SECONDS.timeout / CLIENT_KEEPALIVE_SECONDS.interval,
} as const;
