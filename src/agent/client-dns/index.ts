/** The agent's side of client-dns: which outside names a client gets, and the records of what it asked for. */
export type { AskedRecords } from './asked-records.ts';
export { ClientDnsServer, type ClientDnsServerOptions } from './client-dns-server.ts';
export { ClientNames, type ClientNamesOptions } from './client-names.ts';
