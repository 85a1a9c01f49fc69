import { parse } from 'tldts';
import { sharedDomains } from './shared-domains.ts';

/**
 * The domain whose customers get names at or below the given one: a public suffix of the list, its private section
 * included (`blob.core.windows.net`), or a domain of sharedDomains. Undefined if none is known.
 */
export function sharedBelow(name: string): string | undefined {
  const { domain, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  if (domain === null && (isIcann === true || isPrivate === true)) return name;
  return sharedDomains.find(
    (shared) => name === shared || name.endsWith(`.${shared}`) || shared.endsWith(`.${name}`),
  );
}
