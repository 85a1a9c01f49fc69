/** The tunnels that are open: which, whose, by which TCP connection, and whether the rules would refuse them now. */
export { endConnections } from './closer-client.ts';
export { establishedPeers } from './established.ts';
export { OpenTunnels, type OpenTunnelsOptions } from './open-tunnels.ts';
export { RevokedTunnels } from './revoked-tunnels.ts';
export type { Tunnel } from './tunnel.ts';
export { TunnelWatch } from './tunnel-watch.ts';
