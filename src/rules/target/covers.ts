import { rangeContains } from '../address/index.ts';
import { patternCovers } from './label-pattern.ts';
import type { Target } from './target.ts';

/**
 * Whether every destination that `inner` allows is allowed by `outer` too. `*:443` covers no range: it is for public
 * destinations only, and a range may be private.
 */
export function covers(outer: Target, inner: Target): boolean {
  if (outer.port !== inner.port) return false;
  if (inner.kind === 'any' || inner.kind === 'range')
    return inner.kind === 'any' ? outer.kind === 'any' : coversRange(outer, inner);
  switch (outer.kind) {
    case 'any':
      return true;
    case 'range':
      return false;
    case 'exact':
      return inner.kind === 'exact' && inner.name === outer.name;
    case 'subdomains':
      return isBelow(inner.name, outer.name) || (inner.kind === 'subdomains' && inner.name === outer.name);
    case 'domain':
      return inner.name === outer.name || isBelow(inner.name, outer.name);
    case 'pattern':
      return namesOf(inner).every((name) => patternCovers(outer.name, name));
  }
}

/** The patterns that together match the same names. */
function namesOf({ kind, name }: Extract<Target, { name: string }>): string[] {
  if (kind === 'subdomains') return [`*.${name}`];
  return kind === 'domain' ? [name, `*.${name}`] : [name];
}

function coversRange(outer: Target, inner: Target & { kind: 'range' }): boolean {
  return outer.kind === 'range' && rangeContains(outer.range, inner.range);
}

function isBelow(name: string, parent: string): boolean {
  return name.endsWith(`.${parent}`);
}
