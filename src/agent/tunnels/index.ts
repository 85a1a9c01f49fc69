/** Open tunnels: which are open, whose they are, and which the rules would deny now. */
export { endConnections } from './closer-client.ts';
export { establishedPeers } from './established-peers.ts';
export { OpenTunnels, type TunnelListener } from './open-tunnels.ts';
export { RevokedTunnels } from './revoked-tunnels.ts';
export type { Tunnel } from './tunnel.ts';
export { TunnelWatch } from './tunnel-watch.ts';
