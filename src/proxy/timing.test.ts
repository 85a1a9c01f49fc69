import { describe, expect, it } from 'vitest';
import { type EgressProxySpec, egressProxyKind } from '../api/index.ts';
import { parseBytes } from '../rules/index.ts';
import { renderSquidConf } from './squid-conf.ts';
import * as timing from './timing.ts';

const { shortest, longest, failed } = timing.NAME_TTL_SECONDS;
const decision = timing.DEFAULT_IDENTITY_HOLD_SECONDS * 1000 + timing.NAME_LOOKUP_MS;

type Schema = { default?: unknown; maximum?: number; properties?: Record<string, Schema>; items?: Schema };
const schemaAt = (path: string) =>
  path
    .split('.')
    .reduce<Schema>(
      (schema, name) => schema.properties?.[name] ?? schema.items?.properties?.[name] ?? {},
      egressProxyKind.spec as Schema,
    );

describe('timing', () => {
  it.each([
    ['Squid forgets an address before the agent replaces it', timing.SQUID_DNS_TTL_SECONDS, shortest],
    ['Squid forgets a failure no later than the agent', timing.SQUID_NEGATIVE_DNS_TTL_SECONDS, failed + 1],
    [
      'a start-up answer outlasts its place in Squid',
      timing.SQUID_DNS_TTL_SECONDS * 1000,
      timing.PARENT_ANSWER_MS,
    ],
    [
      'a checked name outlasts its place in Squid',
      timing.SQUID_DNS_TTL_SECONDS * 1000,
      timing.CHECKED_NAME_MS,
    ],
    ['a fresh entry counts as checked', timing.CHECKED_NAME_MS, shortest * 1000],
    ['an entry fails for less time than it is valid', failed, shortest],
    ['the bounds of a TTL are in order', shortest, longest],
    ['a lease ends before its name', timing.LEASE_MS, shortest * 1000 + 1],
    ['a lease that names parents is shorter', timing.PARENT_LEASE_MS, timing.LEASE_MS],
    ['a reuse is reported while the lease is known', timing.REUSE_REPORT_MS, timing.LEASE_MS],
    [
      'Squid may ask for a name until its last try to connect',
      timing.LEASE_MS + (timing.SQUID_DNS_TIMEOUT_SECONDS + timing.SQUID_FORWARD_SECONDS) * 1000,
      timing.ALLOWED_NAME_MS,
    ],
    ['a decision ends before the relay denies', decision, timing.RELAY_PATIENCE_MS],
    ['a lookup ends before Squid gives up', timing.NAME_LOOKUP_MS, timing.SQUID_DNS_TIMEOUT_SECONDS * 1000],
    ['a lookup ends before its decision counts as over', timing.NAME_LOOKUP_MS, timing.RECENT_DECISION_MS],
    ['Squid repeats a query within one try', timing.SQUID_DNS_RETRANSMIT_MS, timing.NAME_LOOKUP_TRIES_MS[0]],
    ['a parent fails before the request does', timing.PARENT_CONNECT_SECONDS, timing.SQUID_FORWARD_SECONDS],
    [
      'a dead client is found before its tunnel is idle for too long',
      timing.CLIENT_KEEPALIVE_SECONDS.idle + timing.CLIENT_KEEPALIVE_SECONDS.timeout,
      timing.DEFAULT_IDLE_SECONDS,
    ],
    ['a fifth address of a target is tried', 5 * timing.SQUID_CONNECT_SECONDS, timing.SQUID_FORWARD_SECONDS],
    [
      'the agent writes its last lines before the pod is killed',
      timing.SQUID_EXIT_SECONDS * 1000 + timing.AGENT_LAST_WRITES_MS,
      timing.STOP_AFTER_DRAIN_SECONDS * 1000,
    ],
    [
      'a stopping nameserver answers until its probes have failed',
      timing.CLIENT_DNS_PROBES.periodSeconds * timing.CLIENT_DNS_PROBES.failureThreshold * 1000,
      timing.CLIENT_DNS_LAST_QUERIES_MS,
    ],
    [
      'a stopping nameserver ends before the pod is killed, however short the drain',
      timing.CLIENT_DNS_LAST_QUERIES_MS,
      timing.STOP_AFTER_DRAIN_SECONDS * 1000,
    ],
    [
      'a stopping agent waits for Squid no longer than the pod',
      timing.AGENT_SQUID_WAIT_MS,
      timing.STOP_AFTER_DRAIN_SECONDS * 1000 + 1,
    ],
    [
      'the kubelet gets the reason of a silent Squid',
      timing.SQUID_PROBE_SECONDS,
      timing.SQUID_PROBE_TIMEOUT_SECONDS,
    ],
    ['the agent knows a lease until its last report', timing.REUSE_REPORT_MS, timing.LEASE_REPORTS_MS],
    ['many segments fit below the cap', 16 * timing.SEGMENT_BYTES, timing.DEFAULT_LOG_CAP_BYTES],
    ['the segments leave half of their volume', 2 * timing.DEFAULT_LOG_CAP_BYTES, timing.RUN_VOLUME_BYTES],
    [
      'the agent’s files, two snapshots among them, fit in their volume',
      2 * timing.SNAPSHOT_BYTES + timing.OTHER_STATE_BYTES,
      timing.STATE_VOLUME_BYTES,
    ],
    [
      'a parent that does not answer two probes is given up before its requests are',
      2 * (1 + timing.PARENT_ANSWER_FACTOR) * timing.PARENT_CONNECT_SECONDS,
      timing.SQUID_FORWARD_SECONDS,
    ],
    ['clients together may have more pending', timing.DEFAULT_PENDING_PER_SOURCE, timing.DEFAULT_PENDING],
    ['the queue is shorter than the channels', timing.DEFAULT_PENDING, timing.SQUID_ACL_CONCURRENCY],
  ])('%s: %d < %d', (_, less, more) => {
    expect(less).toBeLessThan(more ?? 0);
  });

  it.each([
    [
      'decision and name wait equally long',
      timing.SQUID_DNS_TIMEOUT_SECONDS * 1000,
      timing.RELAY_PATIENCE_MS,
    ],
    [
      'each request can have its ACL request',
      timing.SQUID_ACL_CONCURRENCY * 2,
      timing.SQUID_FILE_DESCRIPTORS,
    ],
    [
      'the agent knows as many leases as the relay',
      timing.LEASE_BUCKETS * timing.LEASE_WAYS,
      timing.ISSUED_LEASES,
    ],
  ])('%s: %d = %d', (_, one, other) => {
    expect(one).toBe(other);
  });

  it.each([
    ['drainSeconds', timing.DEFAULT_DRAIN_SECONDS],
    ['idleSeconds', timing.DEFAULT_IDLE_SECONDS],
    ['identityHoldSeconds', timing.DEFAULT_IDENTITY_HOLD_SECONDS],
    ['upstreams.connectTimeoutSeconds', timing.PARENT_CONNECT_SECONDS],
    ['limits.pending', timing.DEFAULT_PENDING],
    ['limits.pendingPerSource', timing.DEFAULT_PENDING_PER_SOURCE],
    ['limits.connections', timing.DEFAULT_CONNECTIONS],
    ['limits.requestsPerSecond', timing.DEFAULT_REQUESTS_PER_SECOND],
  ])('spec.%s has the default %d in the schema', (path, value) => {
    expect(schemaAt(path).default).toBe(value);
  });

  it('the largest log of the schema default is the relay default', () => {
    expect(parseBytes(String(schemaAt('accessLog.maxSize').default))).toBe(timing.DEFAULT_LOG_CAP_BYTES);
  });

  it.each([
    // A request can wait for its turn, for its pod and for its name.
    ['identityHoldSeconds', (timing.RELAY_PATIENCE_MS - timing.RATE_WAIT_MS - timing.NAME_LOOKUP_MS) / 1000],
    ['upstreams.connectTimeoutSeconds', timing.SQUID_FORWARD_SECONDS],
  ])('the most that spec.%s can be is less than %d seconds', (path, seconds) => {
    expect(schemaAt(path).maximum).toBeLessThan(seconds);
  });

  it('squid.conf has these times', () => {
    const spec: EgressProxySpec = {};
    const conf = renderSquidConf({
      apiVersion: 'zalando.org/v1',
      kind: 'EgressProxy',
      metadata: { name: 'squid', namespace: 'egress-proxy' },
      spec,
    });
    for (const line of [
      `positive_dns_ttl ${timing.SQUID_DNS_TTL_SECONDS} seconds`,
      `dns_timeout ${timing.SQUID_DNS_TIMEOUT_SECONDS} seconds`,
      `connect_timeout ${timing.SQUID_CONNECT_SECONDS} seconds`,
      `forward_timeout ${timing.SQUID_FORWARD_SECONDS} seconds`,
      `shutdown_lifetime ${timing.DEFAULT_DRAIN_SECONDS} seconds`,
    ])
      expect(conf).toContain(`${line}\n`);
  });
});
