import type { FlowQuery } from '../flows/index.ts';

/** The resource that a caller requests. */
export type Route =
  | { kind: 'generations' }
  | { kind: 'upstreams' }
  | { kind: 'probeCaller'; port: number }
  | { kind: 'flows'; query: FlowQuery }
  /** Undefined for all namespaces. */
  | { kind: 'activity'; namespaces: readonly string[] | undefined };

export type ParsedRoute = Route | { kind: 'unknown' } | { kind: 'invalid'; message: string };

/** Parses the path and query of a GET. */
export function parseRoute(url: string): ParsedRoute {
  // URL.parse needs a base for a relative URL.
  const parsed = URL.parse(url, 'https://agent');
  switch (parsed?.pathname) {
    case '/v1/generations':
      return { kind: 'generations' };
    case '/v1/upstreams':
      return { kind: 'upstreams' };
    case '/v1/probe-caller':
      return probeCaller(parsed.searchParams);
    case '/v1/flows':
      return flows(parsed.searchParams);
    case '/v1/activity':
      return { kind: 'activity', namespaces: several(parsed.searchParams) };
    default:
      return { kind: 'unknown' };
  }
}

function probeCaller(query: URLSearchParams): ParsedRoute {
  const port = numberIn(query, 'port');
  const isPort = port !== undefined && port >= 1 && port <= 65_535;
  // Only the caller can be probed: any other parameter is an error.
  return isPort && query.size === 1
    ? { kind: 'probeCaller', port }
    : { kind: 'invalid', message: 'expected ?port= with 1-65535 and no other parameter' };
}

function flows(query: URLSearchParams): ParsedRoute {
  const [after, limit] = [numberIn(query, 'after'), numberIn(query, 'limit')];
  if (query.has('after') && after === undefined) return notANumber('after');
  if (query.has('limit') && limit === undefined) return notANumber('limit');
  const namespaces = several(query) ?? [];
  return { kind: 'flows', query: { after, limit, namespaces, id: query.get('id') ?? undefined } };
}

function several(query: URLSearchParams): string[] | undefined {
  return query.has('namespace') ? query.getAll('namespace') : undefined;
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function notANumber(name: string): ParsedRoute {
  return { kind: 'invalid', message: `${name}: expected a whole number` };
}
