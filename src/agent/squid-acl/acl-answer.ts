import { type AnswerNote, noteName } from '../../proxy/squid-formats.ts';

/** Squid's own keywords are `message`, the text of its error page, and `tag`, by which it limits bytes. */
export type AclAnswerKey = AnswerNote | 'message' | 'tag';
export type AclAnswer = { readonly [Key in AclAnswerKey]?: string | undefined };

/**
 * Renders the line for Squid. Values are percent-encoded, since Squid decodes unquoted values. Empty values are
 * left out, since Squid would take the next key for the value.
 */
export function formatAclAnswer(channel: string, answer: AclAnswer): string {
  return `${channel} OK${formatNotes(answer)}`;
}

/** Renders the notes after `OK`, each with a space before it. */
export function formatNotes(answer: AclAnswer): string {
  let notes = '';
  for (const [key, value] of Object.entries(answer) as [AclAnswerKey, string | undefined][]) {
    if (value === undefined || value === '') continue;
    notes += ` ${isKeyword(key) ? key : noteName(key)}=${encode(value)}`;
  }
  return notes;
}

function isKeyword(key: AclAnswerKey): key is 'message' | 'tag' {
  return key === 'message' || key === 'tag';
}

function encode(value: string): string {
  return /^[\w.:/#,-]+$/.test(value)
    ? value
    : encodeURIComponent(value.toWellFormed()).replaceAll("'", '%27');
}

/** Longer than any real name, address and rule together; a client can make a target much longer. */
const LONGEST_TEXT = 1024;

/** Text for an HTTP header: printable ASCII on one line. */
export function asciiLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?').slice(0, LONGEST_TEXT);
}
