import { type DecodedPacket, decode, type Packet, RECURSION_DESIRED } from 'dns-packet';
import { canonicalName, optRecord } from '../../dns/index.ts';
import type { Family } from './records.ts';

/** A query without an id. */
export function buildQuery(name: string, family: Family): Packet {
  return {
    type: 'query',
    flags: RECURSION_DESIRED,
    questions: [{ type: family, name }],
    additionals: [optRecord()],
  };
}

/** Undefined unless the message answers the query. */
export function readAnswer(message: Buffer, query: Packet): DecodedPacket | undefined {
  try {
    const packet = decode(message);
    const [sent] = query.questions ?? [];
    const [echoed] = packet.questions ?? [];
    const same =
      packet.type === 'response' &&
      packet.id === query.id &&
      echoed?.type === sent?.type &&
      canonicalName(echoed?.name ?? '') === canonicalName(sent?.name ?? '');
    return same ? packet : undefined;
  } catch {
    return undefined;
  }
}
