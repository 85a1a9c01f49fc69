import type { Upstream } from '../../api/index.ts';

/** What one parent is shown, and no other. */
export interface Shown {
  /** User and password, as HTTP's Basic has them. */
  login: string | undefined;
  header: Upstream['header'];
}

export type Route =
  | { kind: 'direct' }
  /** In the order in which Squid tries them. */
  | { kind: 'parents'; names: readonly string[]; shown: Shown }
  | { kind: 'unavailable'; detail: string };

export interface RouteFacts {
  /** Why a parent cannot be used; undefined: it can, as far as is known. */
  downBecause: (name: string) => string | undefined;
  shownTo: (name: string) => Shown;
}

/**
 * The parents that a request may take, of those that own its target. Squid sends the same words to whichever it
 * takes, so a parent that is to see others waits until those before it are known to be down.
 */
export function planRoute(owners: readonly string[], { downBecause, shownTo }: RouteFacts): Route {
  if (owners.length === 0) return { kind: 'direct' };
  const usable = owners.filter((name) => downBecause(name) === undefined);
  const [first] = usable;
  if (first === undefined) {
    const detail = owners.map((name) => `${name}: ${downBecause(name)}`).join(', ');
    return { kind: 'unavailable', detail };
  }
  const shown = shownTo(first);
  const other = usable.findIndex((name) => !sameShown(shownTo(name), shown));
  return { kind: 'parents', names: other < 0 ? usable : usable.slice(0, other), shown };
}

function sameShown(a: Shown, b: Shown): boolean {
  return a.login === b.login && a.header?.name === b.header?.name && a.header?.value === b.header?.value;
}
