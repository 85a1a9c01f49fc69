import type { DecodedPacket } from 'dns-packet';

/** RFC 1035, 4.1.1. */
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof RCODE;

/** dns-packet decodes the opcode, but its types lack it. */
export function opcodeOf(query: DecodedPacket): string | undefined {
  return (query as DecodedPacket & { opcode?: string }).opcode;
}
