import { domainToASCII } from 'node:url';
import { type Address, parseAddress } from '../address/index.ts';
import { clip, type TextFault, textFault } from '../fault.ts';

/** Meaning of a host's text: a canonical DNS name, or an address in any IPv4 spelling. */
export type Host =
  | { kind: 'name'; name: string }
  | { kind: 'address'; address: Address }
  | { kind: 'malformed'; fault: TextFault };

/** Characters of the longest name, without the trailing dot (RFC 1035 2.3.4). */
export const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
/** Labels of one character and their dots fill a name; the last one may be empty. */
const MOST_LABELS = 128;
/** The dots of IDNA (UTS 46). */
const DOT = /[.\u3002\uff0e\uff61]/;

/**
 * Characters that no name has. A name has letters, digits and hyphens (RFC 1123), and the underscore of service names.
 * domainToASCII would cut off or decode others (`/`, `%`, `\`, tabs), so that they must not reach it.
 */
const FORBIDDEN = /[\s\p{Cc}\p{Cs}/\\?#@:%[\]<>^|"'`{}()*,;!$&+=~]/u;

/**
 * Pattern of nearly every host: a canonical name, which neither IDNA nor the spellings of addresses (their last label
 * begins with a digit) apply to. `--` may be punycode and needs the full check.
 */
export const plainName = String.raw`(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*[a-z](?:[a-z\d_-]{0,61}[a-z\d_])?`;
const PLAIN = new RegExp(`^${plainName}$`);

/**
 * Reads a host without port and brackets; it may have one trailing dot. IDNA and the address spellings of inet_aton
 * (0x7f.1, 127.1, 2130706433, full-width digits) follow the URL standard.
 */
export function readHost(text: string): Host {
  if (text.length <= LONGEST_NAME && PLAIN.test(text) && !text.includes('--'))
    return { kind: 'name', name: text };
  if (text === '') return malformed(textFault('Required', 'the host is empty'));
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null)
    return malformed(textFault('NameInvalid', `"${clip(text)}" has "${clip(forbidden[0])}" in its name`));
  if (isTooLongForIdna(text)) return malformed(nameTooLong(text.length));
  const ascii = domainToASCII(text);
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  const address = parseAddress(name);
  if (address !== undefined) return { kind: 'address', address };
  const fault = ascii === '' ? unreadable(text) : nameFault(name);
  return fault === undefined ? { kind: 'name', name } : malformed(fault);
}

/**
 * Whether the text cannot become a name, so that IDNA need not read it: its time grows with the square of a label's
 * length. Twice the length leaves room for characters that are written as two, such as a letter and its accent.
 */
function isTooLongForIdna(text: string): boolean {
  if (text.length <= LONGEST_NAME) return false;
  if (text.length > 2 * LONGEST_NAME) return true;
  const labels = text.split(DOT);
  return labels.length > MOST_LABELS || labels.some((label) => label.length > 2 * LONGEST_LABEL);
}

/** Applies to 1.2.3.256 too: the URL standard accepts a text that ends in a number only as an address. */
function unreadable(text: string): TextFault {
  return textFault('NameInvalid', `"${clip(text)}" is neither a DNS name nor an address`);
}

function nameFault(name: string): TextFault | undefined {
  if (name.length > LONGEST_NAME) return nameTooLong(name.length);
  return labelFault(name.split('.'));
}

function labelFault(labels: readonly string[]): TextFault | undefined {
  if (labels.includes(''))
    return textFault('EmptyLabel', `"${clip(labels.join('.'))}" has two dots in a row, or one at its start`);
  const long = labels.find((label) => label.length > LONGEST_LABEL);
  if (long !== undefined)
    return textFault(
      'LabelTooLong',
      `"${clip(long)}" has ${long.length} characters; at most ${LONGEST_LABEL} are allowed between two dots`,
    );
  const bad = labels.find((label) => !/^[a-z\d_]([a-z\d_-]*[a-z\d_])?$/.test(label));
  return bad === undefined
    ? undefined
    : textFault(
        'NameInvalid',
        `"${clip(bad)}" has other characters than letters, digits, "_" and, not at its ends, "-"`,
      );
}

function nameTooLong(length: number): TextFault {
  return textFault('NameTooLong', `the name has ${length} characters; at most ${LONGEST_NAME} are allowed`);
}

function malformed(fault: TextFault): Host {
  return { kind: 'malformed', fault };
}
