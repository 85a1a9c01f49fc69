import { domainToASCII } from 'node:url';
import { type Address, parseAddress } from '../address/index.ts';
import { clip, type TextFault, textFault } from '../fault.ts';

/** What the text of a host means: a DNS name in canonical form, or an address in some IPv4 spelling. */
export type Host =
  | { kind: 'name'; name: string }
  | { kind: 'address'; address: Address }
  | { kind: 'malformed'; fault: TextFault };

/** RFC 1035 2.3.4, without the trailing dot. */
export const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

/**
 * Letters, digits and hyphens (RFC 1123), and the underscore that service names use. Whatever else domainToASCII
 * would cut off or decode (`/`, `%`, `\`, tabs) must not get that far.
 */
const FORBIDDEN = /[\s\p{Cc}\p{Cs}/\\?#@:%[\]<>^|"'`{}()*,;!$&+=~]/u;

/**
 * What nearly every host is: a canonical name already, on which IDNA and the spellings of addresses (which end in a
 * label that begins with a digit) have no bearing. `--` may be punycode, and is left to the long way.
 */
export const plainName = String.raw`(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*[a-z](?:[a-z\d_-]{0,61}[a-z\d_])?`;
const PLAIN = new RegExp(`^${plainName}$`);

/**
 * A host without port and brackets; one trailing dot may stand. IDNA and the address spellings of inet_aton
 * (0x7f.1, 127.1, 2130706433, full-width digits) are those of the URL standard.
 */
export function readHost(text: string): Host {
  if (text.length <= LONGEST_NAME && PLAIN.test(text) && !text.includes('--'))
    return { kind: 'name', name: text };
  if (text === '') return malformed(textFault('Required', 'the host is empty'));
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null)
    return malformed(textFault('NameInvalid', `"${clip(text)}" has "${clip(forbidden[0])}" in its name`));
  // Far longer than any name, punycoded or not: not worth the work of IDNA.
  if (text.length > 4 * LONGEST_NAME) return malformed(nameTooLong(text.length));
  const ascii = domainToASCII(text);
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  const address = parseAddress(name);
  if (address !== undefined) return { kind: 'address', address };
  const fault = ascii === '' ? unreadable(text) : nameFault(name);
  return fault === undefined ? { kind: 'name', name } : malformed(fault);
}

/** Also what ends in a number and is no address, such as 1.2.3.256: the URL standard takes it for neither. */
function unreadable(text: string): TextFault {
  return textFault('NameInvalid', `"${clip(text)}" is neither a DNS name nor an address`);
}

function nameFault(name: string): TextFault | undefined {
  if (name.length > LONGEST_NAME) return nameTooLong(name.length);
  return labelFault(name.split('.'));
}

function labelFault(labels: readonly string[]): TextFault | undefined {
  if (labels.includes(''))
    return textFault('EmptyLabel', `"${clip(labels.join('.'))}" has an empty part between its dots`);
  const long = labels.find((label) => label.length > LONGEST_LABEL);
  if (long !== undefined)
    return textFault(
      'LabelTooLong',
      `"${clip(long)}" has ${long.length} characters, ${LONGEST_LABEL} are the most between two dots`,
    );
  const bad = labels.find((label) => !/^[a-z\d_]([a-z\d_-]*[a-z\d_])?$/.test(label));
  return bad === undefined
    ? undefined
    : textFault(
        'NameInvalid',
        `"${clip(bad)}" may have letters, digits, "_" and, between them, "-" between two dots`,
      );
}

function nameTooLong(length: number): TextFault {
  return textFault('NameTooLong', `the name has ${length} characters, ${LONGEST_NAME} are the most`);
}

function malformed(fault: TextFault): Host {
  return { kind: 'malformed', fault };
}
