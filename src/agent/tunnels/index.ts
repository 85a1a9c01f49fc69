/** The tunnels that are open: which, whose, by which TCP connection, and whether the rules would refuse them now. */
export { establishedPeers } from './established.ts';
export { OpenTunnels, type OpenTunnelsOptions } from './open-tunnels.ts';
export type { Tunnel } from './tunnel.ts';
export { TunnelWatch } from './tunnel-watch.ts';
