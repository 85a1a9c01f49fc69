import { type Answer, type DecodedPacket, encode, type Packet, RECURSION_AVAILABLE } from 'dns-packet';
import { RCODE, type Rcode } from '../dns/index.ts';

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
/** Bytes of a UDP message that passes every network unfragmented (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;
const RECURSION_DESIRED = 1 << 8;

/**
 * A message that is not forwarded. It has no SOA record: without one nothing caches that a name does not exist (RFC 2308,
 * 5), so that a change of the settings has its effect on the next query.
 */
export function composeAnswer(query: DecodedPacket, { rcode, answers = [], error }: OwnAnswer): Buffer {
  const hasEdns = query.additionals?.some(({ type }) => type === 'OPT') ?? false;
  const packet: Packet = {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: ((query.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE | RCODE[rcode],
    questions: query.questions ?? [],
    answers,
    additionals: hasEdns ? [optRecord(error)] : [],
  };
  return encode(packet);
}

function optRecord(error: OwnAnswer['error']): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: error === undefined ? [] : [{ code: EXTENDED_ERROR, data: errorData(error) }],
  } as unknown as Answer;
}

function errorData({ code, text }: { code: number; text: string }): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(code);
  return Buffer.concat([number, Buffer.from(text)]);
}
