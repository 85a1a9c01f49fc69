import type { Health } from '../kube/index.ts';
import type { ServingCertificate } from './serving-certificate.ts';

interface Synced {
  readonly hasSynced: boolean;
  readonly health: Health;
  readonly resource: { readonly plural: string };
}

/**
 * Why no request should come here, one line a reason. A lost API server is none: the webhook goes on with what it
 * knows, and all replicas would be lost at once.
 */
export function notReadyBecause(
  followers: Readonly<Record<string, Synced>>,
  certificate: Pick<ServingCertificate, 'current'>,
  state: { listening: boolean; draining: boolean },
): string[] {
  const reasons = Object.values(followers).flatMap(({ hasSynced, health, resource }) =>
    hasSynced ? [] : [health.ok ? `${resource.plural} are not listed yet` : health.message],
  );
  if (certificate.current === undefined) reasons.push('there is no serving certificate yet');
  if (reasons.length === 0 && !state.listening) reasons.push('not listening yet');
  if (state.draining) reasons.push('stopping');
  return reasons;
}
