import type { Upstream, UpstreamHealth, UpstreamStatus } from '../../api/index.ts';
import { type ConditionUpdate, listNames, rfc3339 } from '../conditions.ts';

export interface UpstreamsInput {
  upstreams: readonly Upstream[];
  /** The answer of each replica that could be asked. */
  reports: readonly { replica: string; upstreams: readonly UpstreamHealth[] }[];
  /** Addresses by the name of the upstream. */
  addresses: ReadonlyMap<string, readonly string[]>;
  /** By the name of the upstream: its references to a Secret, ConfigMap or key that does not exist, as text. */
  missing: ReadonlyMap<string, string>;
  previous: readonly UpstreamStatus[] | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The status of the upstreams of an EgressProxy. Without a replica that can be asked, the health is kept. */
export function planUpstreams(input: UpstreamsInput): {
  upstreams: UpstreamStatus[];
  condition: ConditionUpdate;
} {
  const upstreams = input.upstreams.map((upstream) => planUpstream(upstream.name, input));
  return { upstreams, condition: planCondition(upstreams, input.reports.length > 0) };
}

function planUpstream(name: string, input: UpstreamsInput): UpstreamStatus {
  const before = input.previous?.find((each) => each.name === name);
  const errors = errorsOf(name, input);
  const isReported = input.reports.some(({ upstreams }) => upstreams.some((each) => each.name === name));
  const healthy = errors.unusable.length === 0 && (isReported || before?.healthy === true);
  const lastError = [...errors.unusable, ...errors.others].join('; ') || (isReported ? '' : NOT_REPORTED);
  const open = input.addresses.get(name) ?? [];
  return {
    name,
    healthy,
    ...(lastError !== '' && { lastError }),
    since: (before?.healthy === healthy ? before.since : undefined) ?? rfc3339(input.now),
    ...(open.length > 0 && { addresses: [...open].sort() }),
  };
}

const NOT_REPORTED = 'no replica has reported its health yet';

/** Each error once, with the number of replicas that report it. */
function errorsOf(
  name: string,
  { reports, missing }: UpstreamsInput,
): { unusable: string[]; others: string[] } {
  const reported = reports.flatMap(({ upstreams }) => upstreams.filter((each) => each.name === name));
  const unusable = reported.filter(({ healthy }) => !healthy);
  const absent = missing.get(name);
  return {
    unusable: [
      ...(absent === undefined ? [] : [absent]),
      ...texts(unusable).map((text) => `${text} (${unusable.length} of ${reported.length} replicas)`),
    ],
    others: texts(reported.filter(({ healthy }) => healthy)),
  };
}

function texts(reported: readonly UpstreamHealth[]): string[] {
  return [...new Set(reported.flatMap(({ lastError }) => lastError ?? []))].sort();
}

function planCondition(upstreams: readonly UpstreamStatus[], asked: boolean): ConditionUpdate {
  const down = upstreams.filter(({ healthy }) => !healthy);
  if (!asked) {
    const message =
      'no ready replica could be asked for the health of the upstreams: check the pods of the Deployment';
    return { type: 'UpstreamsHealthy', status: 'Unknown', reason: 'NoReadyReplica', message };
  }
  if (down.length === 0) {
    const message = 'every replica reaches every upstream';
    return { type: 'UpstreamsHealthy', status: 'True', reason: 'UpstreamsHealthy', message };
  }
  const message = listNames(down.map(({ name, lastError }) => `${name}: ${lastError ?? NOT_REPORTED}`));
  return { type: 'UpstreamsHealthy', status: 'False', reason: 'UpstreamDown', message };
}
