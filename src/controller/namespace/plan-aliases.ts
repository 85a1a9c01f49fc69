import { listed, type Stated } from '../conditions.ts';
import type { KeptPod } from '../follow/index.ts';

/** Why a pod's way to the proxy by a further name is not what it should be. */
export interface AliasTrouble {
  pod: KeptPod;
  reason: 'StaleAlias' | 'AliasLeftAlone';
  message: string;
}

/** `address`: where the proxy's further names lead the next pod; undefined: it has none, or no Service yet. */
export function aliasTroubles(pods: readonly KeptPod[], address: string | undefined): AliasTrouble[] {
  if (address === undefined) return [];
  return pods.flatMap((pod): AliasTrouble[] => {
    const { aliasAddress, aliasesLeftAlone = [] } = pod.injected ?? {};
    const troubles: AliasTrouble[] = [];
    if (aliasAddress !== undefined && aliasAddress !== address) {
      const message = `the proxy's further names lead this pod to ${aliasAddress}, and the proxy is at ${address} now; restart it`;
      troubles.push({ pod, reason: 'StaleAlias', message });
    }
    if (aliasesLeftAlone.length > 0) {
      const message = `the pod's own hostAliases lead ${aliasesLeftAlone.join(', ')} elsewhere, and were left as they are`;
      troubles.push({ pod, reason: 'AliasLeftAlone', message });
    }
    return troubles;
  });
}

/** None where the proxy has no further names. */
export function planAliases(pods: readonly KeptPod[], address: string | undefined): Stated[] {
  if (address === undefined) return [];
  const troubles = aliasTroubles(pods, address);
  const namesOf = (reason: AliasTrouble['reason']) =>
    troubles.filter((trouble) => trouble.reason === reason).map(({ pod }) => pod.metadata.name);
  const [stale, left] = [namesOf('StaleAlias'), namesOf('AliasLeftAlone')];
  const parts = [
    ...(stale.length > 0
      ? [`an address that the proxy does not have any more; restart them: ${listed(stale)}`]
      : []),
    ...(left.length > 0 ? [`hostAliases of their own that lead elsewhere: ${listed(left)}`] : []),
  ];
  if (parts.length === 0) {
    const message = "the proxy's further names lead every pod to it";
    return [{ type: 'AliasesLead', status: 'True', reason: 'AliasesLead', message }];
  }
  const reason = stale.length > 0 ? 'StaleAlias' : 'AliasLeftAlone';
  return [
    { type: 'AliasesLead', status: 'False', reason, message: `pods with ${parts.join('; pods with ')}` },
  ];
}
