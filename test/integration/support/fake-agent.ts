import type { ApiServerOptions, CallerReview } from '../../../src/agent/api/index.ts';

/** For a test in which no flows are requested. */
export function onlyGenerations(review: CallerReview): ApiServerOptions['access'] {
  return { generations: review, flows: { review: async () => 'forbidden' } };
}

/** What an agent says through which nothing went. */
export const seesNothing: Pick<ApiServerOptions, 'upstreams' | 'flows' | 'activity'> = {
  upstreams: () => ({ upstreams: [] }),
  flows: () => ({ instance: 'i', pod: 'squid-0', next: 0, dropped: 0, flows: [] }),
  activity: () => ({
    instance: 'i',
    pod: 'squid-0',
    since: '1970-01-01T00:00:00Z',
    namespaces: {},
    rules: {},
  }),
};
