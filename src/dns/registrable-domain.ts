import { getDomain } from 'tldts';

/** The registrable domain of a name, with private suffixes such as github.io; the name itself if it has none. */
export function registrableDomain(name: string): string {
  return getDomain(name, { allowPrivateDomains: true, validateHostname: false }) ?? name;
}
