import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { type DnsServerOptions, isNameExact, withQuestionOf } from '../../dns/index.ts';
import { respond } from './answer-query.ts';

/** Bytes of a UDP message without EDNS (RFC 1035, 2.3.4); Squid repeats a truncated query over TCP. */
const UDP_LIMIT = 512;
const TRUNCATED = 1 << 9;

/**
 * Answers messages by what answers queries. A malformed message gets no answer. A name that is no text is refused, with its bytes:
 * Squid would await an answer with other bytes until its time-out.
 */
export function answerMessage(answer: (query: DecodedPacket) => Promise<Packet>): DnsServerOptions['answer'] {
  return async (message, { protocol }) => {
    try {
      const query = decode(message);
      if (query.type !== 'query') return undefined;
      if (!isNameExact(message, query)) return withQuestionOf(message, encode(respond(query, 'REFUSED')));
      const response = await answer(query);
      const complete = encode(response);
      return protocol === 'tcp' || complete.length <= UDP_LIMIT ? complete : encode(truncate(response));
    } catch {
      return undefined;
    }
  };
}

function truncate(response: Packet): Packet {
  return { ...response, flags: (response.flags ?? 0) | TRUNCATED, answers: [] };
}
