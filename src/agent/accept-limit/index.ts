/** Limits the connections of a namespace before Squid reads them: what the library in Squid's process reads and writes. */
export { acceptLimit } from './accept-limit.ts';
export { ClientTableFile } from './client-table-file.ts';
export { RefusedConnections } from './refused-connections.ts';
