import { type Answer, type DecodedPacket, encode, type Packet, RECURSION_AVAILABLE } from 'dns-packet';
import { optRecord, RCODE, type Rcode, withQuestionOf } from '../dns/index.ts';

/** Codes of an Extended DNS Error (RFC 8914), which tools such as dig show. */
export const ERROR_CODE = { blocked: 15, noReachableAuthority: 22 } as const;

export interface OwnAnswer {
  rcode: Rcode;
  answers?: Answer[];
  /** Sent if the query has EDNS. */
  error?: { code: number; text: string };
}

/** RFC 8914, 2: the option of an OPT record. */
const EXTENDED_ERROR = 15;
const RECURSION_DESIRED = 1 << 8;

/**
 * A message that is not forwarded. It has no SOA record: without one nothing caches that a name does not exist (RFC 2308,
 * 5), so that a change of the settings has its effect on the next query.
 */
export function composeAnswer(
  { message, query }: { message: Buffer; query: DecodedPacket },
  { rcode, answers = [], error }: OwnAnswer,
): Buffer {
  const hasEdns = query.additionals?.some(({ type }) => type === 'OPT') ?? false;
  const packet: Packet = {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: ((query.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE | RCODE[rcode],
    questions: query.questions ?? [],
    answers,
    additionals: hasEdns ? [optRecord(error === undefined ? [] : [extendedError(error)])] : [],
  };
  return withQuestionOf(message, encode(packet));
}

function extendedError({ code, text }: { code: number; text: string }) {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(code);
  return { code: EXTENDED_ERROR, data: Buffer.concat([number, Buffer.from(text)]) };
}
