import { NAMESERVER, PODS, PROXY, PROXY_PORT } from '../../integration/support/squid/addresses.ts';

/** Where everything listens in the network namespace of `SquidStage`, beside what that has itself. */
export const ORIGIN_HOST = '203.0.113.80';
/** A parent proxy. */
export const PARENT_HOST = '203.0.113.90';
/** A port a kind of origin (tools/load): CONNECTs are held, with an answer to their first bytes, GETs answered, floods never end. */
export const PORT = { hold: 443, http: 80, flood: 8080 } as const;
export const OURS = `${PROXY}:${PROXY_PORT}`;
export const [FEW_SOURCE = '', MANY_SOURCE = ''] = PODS;
/** Address of the other proxies, in turn. */
export const peerAddress = (index: number): string => `10.244.0.${10 + index}`;
/** Not our proxy's port, since it listens on every address. */
export const PEER_PORT = 3129;
export { NAMESERVER };

export const hostName = (index: number): string => `s${index}.example.org`;
