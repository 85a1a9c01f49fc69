import { ApiError } from '../client/api-error.ts';
import type { Resource } from '../resource.ts';

export type TroubleReason = 'Pending' | 'CrdMissing' | 'PermissionDenied' | 'Unreachable';

/** Connection of a reflector to the API server; `message` is shown to operators. */
export type Health = { ok: true } | { ok: false; reason: TroubleReason; message: string };

/** Classifies a failed list or watch. */
export function diagnose(resource: Resource, error: unknown): Extract<Health, { ok: false }> {
  const message = error instanceof Error ? error.message : String(error);
  const what = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  if (!(error instanceof ApiError)) return { ok: false, reason: 'Unreachable', message };
  if (error.status === 404) {
    const advice = 'install the CustomResourceDefinitions of this release';
    return { ok: false, reason: 'CrdMissing', message: `the API server does not serve ${what}: ${advice}` };
  }
  if (error.status === 401 || error.status === 403) {
    return {
      ok: false,
      reason: 'PermissionDenied',
      message: `permission to list and watch ${what} is missing: ${message}`,
    };
  }
  return { ok: false, reason: 'Unreachable', message };
}
