import type { Health } from '../kube/index.ts';
import type { ServingCertificate } from './certificate/index.ts';

interface Synced {
  readonly hasSynced: boolean;
  readonly health: Health;
  readonly resource: { readonly plural: string };
}

/**
 * Why the webhook is not ready, one line a reason. A lost API server is no reason: the caches still answer, and all
 * replicas would become unready together.
 */
export function notReadyBecause(
  reflectors: Readonly<Record<string, Synced>>,
  certificate: Pick<ServingCertificate, 'current'>,
  state: { listening: boolean; draining: boolean },
): string[] {
  const reasons = Object.values(reflectors).flatMap(({ hasSynced, health, resource }) =>
    hasSynced ? [] : [health.ok ? `${resource.plural} are not listed yet` : health.message],
  );
  if (certificate.current === undefined) reasons.push('no serving certificate yet');
  if (reasons.length === 0 && !state.listening) reasons.push('not listening yet');
  if (state.draining) reasons.push('stopping');
  return reasons;
}
