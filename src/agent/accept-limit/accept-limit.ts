/** The part of Squid's descriptors that the connections of one namespace may take: with a server's for each, two thirds. */
const SHARE = 1 / 3;

/**
 * How many connections a namespace may have before Squid reads no more of them. `connections` limits those with a request
 * under way, and is refused with a reason; as many again may be idle or have sent no request yet. Pure.
 */
export function acceptLimit(connections: number, descriptors: number): number {
  return Math.min(2 * connections, Math.floor(descriptors * SHARE));
}
