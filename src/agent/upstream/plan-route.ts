import type { Upstream } from '../../api/index.ts';

/** What a request shows to a parent, and to no other. */
export interface Shown {
  /** User and password, encoded for HTTP Basic. */
  login: string | undefined;
  header: Upstream['header'];
}

export type Route =
  | { kind: 'direct' }
  /** In the order in which Squid tries them. */
  | { kind: 'parents'; names: readonly string[]; shown: Shown }
  | { kind: 'unavailable'; detail: string };

export interface RouteFacts {
  /** Why a parent cannot be used; undefined if it can, as far as is known. */
  downBecause: (name: string) => string | undefined;
  shownTo: (name: string) => Shown;
}

/**
 * Plans the route of a request whose target these upstreams own. Squid sends one login and header to every parent it
 * tries, so the list ends before the first parent that needs different ones.
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
