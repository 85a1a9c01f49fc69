import { signal } from '@preact/signals';
import { formatRoute, type PageRoute, parseRoute } from '../route.ts';

export const route = signal<PageRoute>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** Changes the route without a new entry in the history: typing in a filter adds none per letter. */
export function replaceRoute(next: PageRoute): void {
  history.replaceState(null, '', formatRoute(next));
  route.value = next;
}
