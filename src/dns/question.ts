import { type DecodedPacket, encode } from 'dns-packet';

/** Bytes of a message's header, and of the type and class after a question's name (RFC 1035, 4.1). */
const HEADER = 12;
const TYPE_AND_CLASS = 4;
/** The two highest bits of a length say that it is none. */
const LONGEST_LABEL = 63;

/**
 * Whether the name that was decoded from a query has all of its bytes. dns-packet reads labels as UTF-8 and joins them by dots: a
 * byte that is no UTF-8, or a dot within a label, is lost.
 */
export function isNameExact(message: Buffer, query: DecodedPacket): boolean {
  const [question] = query.questions ?? [];
  if (question === undefined) return true;
  const encoded = encode({ type: 'query', questions: [{ type: 'A', name: question.name }] });
  const nameOf = (of: Buffer) => of.subarray(HEADER, nameEnd(of));
  return nameOf(encoded).equals(nameOf(message));
}

/**
 * The response with the question of the query byte by byte, by which resolvers know what was answered. Both have one question;
 * other messages stay as they are.
 */
export function withQuestionOf(message: Buffer, response: Buffer): Buffer {
  if (questions(message) !== 1 || questions(response) !== 1) return response;
  const question = message.subarray(HEADER, nameEnd(message) + TYPE_AND_CLASS);
  const rest = response.subarray(nameEnd(response) + TYPE_AND_CLASS);
  return Buffer.concat([response.subarray(0, HEADER), question, rest]);
}

const questions = (message: Buffer): number => message.readUInt16BE(4);

/** The index after the first name of a message, which is not compressed: it is the first one. */
function nameEnd(message: Buffer): number {
  let at = HEADER;
  for (;;) {
    const length = message[at] ?? 0;
    at += 1 + length;
    if (length === 0 || length > LONGEST_LABEL) return at;
  }
}
