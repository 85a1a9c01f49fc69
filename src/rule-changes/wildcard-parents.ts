import { parse } from 'tldts';
import { sharedBelow } from '../rules/index.ts';

/**
 * Whether every name below a domain belongs to one owner, as far as is known: the domain is below a public suffix of
 * the list, its private section included (`blob.core.windows.net`), and is none that customers share.
 */
export function hasOneOwner(domain: string): boolean {
  const { domain: registrable, isIcann, isPrivate } = parse(domain, { allowPrivateDomains: true });
  if (registrable === null || !(isIcann || isPrivate)) return false;
  return sharedBelow(domain) === undefined;
}

/** The domain directly above a name; undefined above a top-level domain. */
export function parentOf(name: string): string | undefined {
  const dot = name.indexOf('.');
  return dot < 0 ? undefined : name.slice(dot + 1);
}
