import { type FlowFilter, formatFilter, parseFilter } from './flows/flow-filter.ts';

/** A view and its parameters, as in the URL after `#`. Every view can be linked. */
export type PageRoute =
  | { view: 'overview' }
  | { view: 'flows'; filter: FlowFilter; id?: string }
  | { view: 'namespace'; name: string }
  | { view: 'map' }
  | { view: 'proxies' };

export function parseRoute(hash: string): PageRoute {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view, ...rest] = path.split('/').map(decode);
  const query = new URLSearchParams(search);
  switch (view) {
    case 'flows': {
      const id = query.get('id');
      return { view: 'flows', filter: parseFilter(query), ...(id && { id }) };
    }
    case 'namespaces':
      return rest[0] ? { view: 'namespace', name: rest[0] } : { view: 'overview' };
    case 'map':
    case 'proxies':
      return { view };
    default:
      return { view: 'overview' };
  }
}

export function formatRoute(route: PageRoute): string {
  switch (route.view) {
    case 'overview':
      return '#/';
    case 'namespace':
      return `#/namespaces/${encodeURIComponent(route.name)}`;
    case 'flows': {
      const query = formatFilter(route.filter);
      if (route.id !== undefined) query.set('id', route.id);
      return query.size === 0 ? '#/flows' : `#/flows?${query}`;
    }
    default:
      return `#/${route.view}`;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
