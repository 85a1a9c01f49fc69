import { type Static, Type } from './schema.ts';

/** Limits of what a namespace may use of each proxy pod. An address in clientCIDRs counts as a namespace of its own. */
export interface RequestLimitDefaults {
  connections?: number;
  requestsPerSecond?: number;
}

/** The schema's fields; the defaults are those of the EgressProxy. */
export function requestLimitFields({ connections, requestsPerSecond }: RequestLimitDefaults = {}) {
  return {
    connections: Type.Optional(
      Type.Integer({
        minimum: 1,
        ...(connections !== undefined && { default: connections }),
        description:
          'The most open tunnels and requests under way of one namespace in each proxy pod. Beyond it, requests are refused with TooManyConnections (status 429).',
      }),
    ),
    requestsPerSecond: Type.Optional(
      Type.Integer({
        minimum: 1,
        ...(requestsPerSecond !== undefined && { default: requestsPerSecond }),
        description:
          'The most requests a second of one namespace in each proxy pod. Beyond it, requests wait for up to a second, then are refused with RateLimited (status 429).',
      }),
    ),
    requestBurst: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'The most requests of one namespace in each proxy pod that do not wait after a pause. Default: twice requestsPerSecond.',
      }),
    ),
  };
}

const RequestLimits = Type.Object(requestLimitFields());
export type RequestLimits = Static<typeof RequestLimits>;
