import { isClosed } from '../../agent-client/index.ts';

/** What an agent found on the way to its caller. */
export interface WayBack {
  /** The caller's address as it is seen here: nobody has this agent dial anyone but himself. */
  address: string;
  closed: boolean;
}

/** Tries to connect to the caller, whom the proxy's egress NetworkPolicy puts out of reach. */
export async function probeWayBack(remoteAddress: string, port: number): Promise<WayBack> {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return { address, closed: await isClosed(address, port) };
}
