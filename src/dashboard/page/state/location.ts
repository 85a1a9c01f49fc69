import { signal } from '@preact/signals';
import { formatRoute, type PageRoute, parseRoute } from '../route.ts';

export const route = signal<PageRoute>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** Typing in a filter is one step in the history, not one a letter. */
export function replaceRoute(next: PageRoute): void {
  history.replaceState(null, '', formatRoute(next));
  route.value = next;
}
