import type { KubeClient } from '../../../src/kube/index.ts';

/** Requests that the API server has answered, by `verb resource`. */
export type ApiRequests = ReadonlyMap<string, number>;

const WRITES: readonly string[] = ['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE'];

export async function countRequests(client: KubeClient): Promise<ApiRequests> {
  return parseRequests(await client.rawText('/metrics'));
}

/** Reads apiserver_request_total. Pure. */
export function parseRequests(metrics: string): ApiRequests {
  const counts = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    const labels = Object.fromEntries(
      [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', text = '']) => [name, text]),
    );
    const { verb, resource = '', subresource = '' } = labels;
    if (resource === '') continue;
    const name = `${verb} ${resource}${subresource && `/${subresource}`}`;
    counts.set(name, (counts.get(name) ?? 0) + value);
  }
  return counts;
}

/** What was asked in between, most first. */
export function requestsBetween(before: ApiRequests, after: ApiRequests): [name: string, count: number][] {
  return [...after]
    .map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)])
    .filter(([, count]) => count > 0)
    .toSorted(([, one], [, other]) => other - one);
}

/** The writes among the requests; the Lease of the leader election is not counted. */
export function writesOf(requests: readonly [string, number][]): [string, number][] {
  return requests.filter(
    ([name]) =>
      WRITES.includes(name.split(' ')[0] ?? '') && !name.includes(' leases') && !name.includes('reviews'),
  );
}

export const totalOf = (requests: readonly [string, number][]): number =>
  requests.reduce((sum, [, count]) => sum + count, 0);
