import type { Upstream, UpstreamHealth, UpstreamStatus } from '../../api/index.ts';
import { listed, rfc3339, type Stated } from '../conditions.ts';

export interface UpstreamsInput {
  upstreams: readonly Upstream[];
  /** What each replica says that could be asked. */
  reports: readonly { replica: string; upstreams: readonly UpstreamHealth[] }[];
  /** By the name of the upstream. */
  addresses: ReadonlyMap<string, readonly string[]>;
  /** By the name of the upstream: a Secret or ConfigMap that it names and that is not there. */
  missing: ReadonlyMap<string, string>;
  previous: readonly UpstreamStatus[] | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** How the parents of an EgressProxy stand. Without a replica that can be asked, what was known stays. */
export function planUpstreams(input: UpstreamsInput): { upstreams: UpstreamStatus[]; condition: Stated } {
  const upstreams = input.upstreams.map((upstream) => planUpstream(upstream.name, input));
  return { upstreams, condition: planCondition(upstreams, input.reports.length > 0) };
}

function planUpstream(name: string, input: UpstreamsInput): UpstreamStatus {
  const before = input.previous?.find((each) => each.name === name);
  const errors = errorsOf(name, input);
  const told = input.reports.some(({ upstreams }) => upstreams.some((each) => each.name === name));
  const healthy = errors.unusable.length === 0 && (told || before?.healthy === true);
  const lastError = [...errors.unusable, ...errors.others].join('; ') || (told ? '' : NOT_TOLD);
  const open = input.addresses.get(name) ?? [];
  return {
    name,
    healthy,
    ...(lastError !== '' && { lastError }),
    since: (before?.healthy === healthy ? before.since : undefined) ?? rfc3339(input.now),
    ...(open.length > 0 && { addresses: [...open].sort() }),
  };
}

const NOT_TOLD = 'no replica has told of it yet';

/** Each text once, with how many replicas say it. */
function errorsOf(
  name: string,
  { reports, missing }: UpstreamsInput,
): { unusable: string[]; others: string[] } {
  const said = reports.flatMap(({ upstreams }) => upstreams.filter((each) => each.name === name));
  const unusable = said.filter(({ healthy }) => !healthy);
  const absent = missing.get(name);
  return {
    unusable: [
      ...(absent === undefined ? [] : [absent]),
      ...texts(unusable).map((text) => `${text} (${unusable.length} of ${said.length} replicas)`),
    ],
    others: texts(said.filter(({ healthy }) => healthy)),
  };
}

function texts(said: readonly UpstreamHealth[]): string[] {
  return [...new Set(said.flatMap(({ lastError }) => lastError ?? []))].sort();
}

function planCondition(upstreams: readonly UpstreamStatus[], asked: boolean): Stated {
  const down = upstreams.filter(({ healthy }) => !healthy);
  if (!asked) {
    const message = 'no ready replica could be asked how it finds its parents';
    return { type: 'UpstreamsHealthy', status: 'Unknown', reason: 'NoReadyReplica', message };
  }
  if (down.length === 0) {
    const message = 'every replica reaches every parent';
    return { type: 'UpstreamsHealthy', status: 'True', reason: 'UpstreamsHealthy', message };
  }
  const message = listed(down.map(({ name, lastError }) => `${name}: ${lastError ?? NOT_TOLD}`));
  return { type: 'UpstreamsHealthy', status: 'False', reason: 'UpstreamDown', message };
}
