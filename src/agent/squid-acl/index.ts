/** The agent's side of the protocol between relay and agent; src/relay/acl-relay.c describes its lines. */
export { type AclAnswer, type AclAnswerKey, asciiLine, formatAclAnswer, formatNotes } from './acl-answer.ts';
export { type AclRequest, parseAclRequest } from './acl-request.ts';
export { type AclHandler, AclServer } from './acl-server.ts';
export { formatLease, type Lease, parseReuse, type Reuse } from './lease.ts';
