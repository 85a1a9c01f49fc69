import { type AclRequestField, aclRequestFields } from '../../proxy/squid-formats.ts';
import { canonicalAddress } from '../../rules/index.ts';
import { decodeWord } from '../decode-word.ts';

/** One request of a client, as Squid describes it. */
export interface AclRequest {
  /** Everything that the decision depends on, as Squid wrote it: the same for equal requests of one client. */
  requestKey: string;
  /** Number that the answer has to begin with. */
  channel: string;
  /** Address of the client, as canonicalAddress spells it. */
  source: string;
  sourcePort: number;
  method: string;
  /** Undefined for CONNECT. */
  scheme: string | undefined;
  /** Still percent-encoded, since the rules decode it. Squid has normalized some spellings. */
  host: string;
  /** Digits, or `-` if there is none. */
  port: string;
  /** Whether the request asks to become a tunnel of another protocol. */
  asksUpgrade: boolean;
}

/** Position of each field after the channel. */
const places = Object.fromEntries(aclRequestFields.map(({ name }, index) => [name, index])) as Record<
  AclRequestField,
  number
>;

/** The client's port is the only field on which no decision depends. */
const keyFields = aclRequestFields.map(({ name }) => name).filter((name) => name !== 'sourcePort');

/** Number of fields that every line has. A Squid with an older squid.conf does not send the header. */
const REQUIRED = places.upgrade;

/** Undefined for a malformed line: without a channel no answer is possible. */
export function parseAclRequest(line: string): AclRequest | undefined {
  const [channel = '', ...words] = line.split(' ');
  if (!/^\d+$/.test(channel) || words.length < REQUIRED) return undefined;
  const raw = (name: AclRequestField): string => words[places[name]] ?? '-';
  const field = (name: AclRequestField): string => decodeWord(raw(name));
  const scheme = field('scheme');
  return {
    requestKey: keyFields.map(raw).join(' '),
    channel,
    source: canonicalAddress(field('source')),
    sourcePort: Number(raw('sourcePort')),
    method: field('method'),
    scheme: scheme === '-' ? undefined : scheme,
    host: raw('host'),
    port: field('port'),
    asksUpgrade: raw('upgrade') !== '-',
  };
}
