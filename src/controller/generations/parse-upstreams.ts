import type { UpstreamHealth } from '../../api/index.ts';

/** The body of `GET /v1/upstreams`. Throws a TypeError for anything else. */
export function parseUpstreams(body: unknown): UpstreamHealth[] {
  const upstreams = (body as { upstreams?: unknown } | null)?.upstreams;
  if (!Array.isArray(upstreams))
    throw new TypeError('the agent answered something else than {"upstreams": [...]}');
  return upstreams.filter(isHealth);
}

function isHealth(value: unknown): value is UpstreamHealth {
  const { name, healthy } = (value ?? {}) as Partial<UpstreamHealth>;
  return typeof name === 'string' && typeof healthy === 'boolean';
}
