/** The DNS server of a component: sockets and messages, without what they mean. */
export { canonicalName } from './canonical-name.ts';
export { type DnsClient, DnsServer, type DnsServerOptions } from './dns-server.ts';
export { type Nameserver, parseNameserver, readNameservers } from './nameserver.ts';
export { optRecord } from './opt-record.ts';
export { isNameExact, withQuestionOf } from './question.ts';
export { opcodeOf, RCODE, type Rcode } from './rcode.ts';
export { registrableDomain } from './registrable-domain.ts';
export { askOverTcp } from './tcp-messages.ts';
