import { signal } from '@preact/signals';
import { formatRoute, parseRoute, type Route } from '../route.ts';

export const route = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** Typing in a filter is one step in the history, not one a letter. */
export function replaceRoute(next: Route): void {
  history.replaceState(null, '', formatRoute(next));
  route.value = next;
}
