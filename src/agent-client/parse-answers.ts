import type { ActivityReport, FlowPage, UpstreamHealth } from '../api/index.ts';

/** Parses `GET /v1/generations`: `{"generations": {<uid>: <generation>}}`. Throws a TypeError for any other body. */
export function parseGenerations(body: unknown): ReadonlyMap<string, number> {
  const generations = (body as { generations?: unknown } | null)?.generations;
  if (!isObject(generations)) throw unexpected('{"generations": {...}}');
  return new Map(
    Object.entries(generations).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** Parses `GET /v1/activity`. Throws a TypeError for any other body. */
export function parseActivity(body: unknown): ActivityReport {
  const report = body as Partial<ActivityReport> | null;
  const isReport =
    typeof report?.instance === 'string' &&
    typeof report.since === 'string' &&
    isObject(report.namespaces) &&
    isObject(report.rules);
  if (!isReport) throw unexpected('{"instance": "...", "since": "...", "namespaces": {...}, "rules": {...}}');
  return report as ActivityReport;
}

/** Parses `GET /v1/flows`. Throws a TypeError for any other body. */
export function parseFlowPage(body: unknown): FlowPage {
  const page = body as Partial<FlowPage> | null;
  const isPage =
    typeof page?.instance === 'string' && typeof page.next === 'number' && Array.isArray(page.flows);
  if (!isPage) throw unexpected('{"instance": "...", "next": ..., "flows": [...]}');
  return { pod: '', dropped: 0, ...page } as FlowPage;
}

/** Parses `GET /v1/upstreams`: `{"upstreams": [...]}`. Throws a TypeError for any other body. */
export function parseUpstreams(body: unknown): UpstreamHealth[] {
  const upstreams = (body as { upstreams?: unknown } | null)?.upstreams;
  if (!Array.isArray(upstreams)) throw unexpected('{"upstreams": [...]}');
  return upstreams.filter(isHealth);
}

/** Result of the reverse probe: whether the agent could not connect to its caller, at the address that it saw. */
export interface ReverseProbe {
  address: string;
  closed: boolean;
}

/** Parses `GET /v1/way-back`. Throws a TypeError for any other body. */
export function parseReverseProbe(body: unknown): ReverseProbe {
  const { address, closed } = (body ?? {}) as Partial<ReverseProbe>;
  if (typeof address === 'string' && typeof closed === 'boolean') return { address, closed };
  throw unexpected('{"address": "...", "closed": ...}');
}

function isHealth(value: unknown): value is UpstreamHealth {
  const { name, healthy } = (value ?? {}) as Partial<UpstreamHealth>;
  return typeof name === 'string' && typeof healthy === 'boolean';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function unexpected(expected: string): TypeError {
  return new TypeError(`unexpected answer of the agent: expected ${expected}`);
}
