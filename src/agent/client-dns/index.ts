/** The agent's side of client-dns: which outside names a client gets, and the records of what it asked for. */
export { AskedRecords, type AskedRecordsOptions, type Asker } from './asked-records.ts';
export { ClientDnsServer, type ClientDnsServerOptions } from './client-dns-server.ts';
export { explainOutsideName, outsideNames } from './outside-names.ts';
