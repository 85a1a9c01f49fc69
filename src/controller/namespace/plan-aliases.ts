import type { CachedPod } from '../cache/trim-pod.ts';
import { type ConditionUpdate, listNames } from '../conditions.ts';

/** A pod whose hostAliases do not lead a name of the proxy to the proxy. */
export interface AliasTrouble {
  pod: CachedPod;
  reason: 'StaleAlias' | 'AliasLeftAlone';
  message: string;
}

/** `address`: address of the proxy's names in the next pod; undefined without a Service. */
export function aliasTroubles(pods: readonly CachedPod[], address: string | undefined): AliasTrouble[] {
  if (address === undefined) return [];
  return pods.flatMap((pod): AliasTrouble[] => {
    const { aliasAddress, aliasesLeftAlone = [] } = pod.injected ?? {};
    const troubles: AliasTrouble[] = [];
    if (aliasAddress !== undefined && aliasAddress !== address) {
      const message = `the names of the proxy resolve to ${aliasAddress} in this pod, but the proxy has the address ${address} now: restart the pod`;
      troubles.push({ pod, reason: 'StaleAlias', message });
    }
    if (aliasesLeftAlone.length > 0) {
      const message = `the pod's own hostAliases map ${aliasesLeftAlone.join(', ')} to another address, and the webhook did not change them: remove these hostAliases`;
      troubles.push({ pod, reason: 'AliasLeftAlone', message });
    }
    return troubles;
  });
}

/** Empty while the proxy has no address. */
export function planAliases(pods: readonly CachedPod[], address: string | undefined): ConditionUpdate[] {
  if (address === undefined) return [];
  const troubles = aliasTroubles(pods, address);
  const namesOf = (reason: AliasTrouble['reason']) =>
    troubles.filter((trouble) => trouble.reason === reason).map(({ pod }) => pod.metadata.name);
  const [stale, left] = [namesOf('StaleAlias'), namesOf('AliasLeftAlone')];
  const parts = [
    ...(stale.length > 0
      ? [`these pods resolve the names of the proxy to an old address; restart them: ${listNames(stale)}`]
      : []),
    ...(left.length > 0
      ? [
          `the hostAliases of these pods override a name of the proxy; remove these hostAliases: ${listNames(left)}`,
        ]
      : []),
  ];
  if (parts.length === 0) {
    const message = 'in every pod the names of the proxy resolve to the proxy';
    return [{ type: 'AliasesLead', status: 'True', reason: 'AliasesLead', message }];
  }
  const reason = stale.length > 0 ? 'StaleAlias' : 'AliasLeftAlone';
  return [{ type: 'AliasesLead', status: 'False', reason, message: parts.join('; ') }];
}
