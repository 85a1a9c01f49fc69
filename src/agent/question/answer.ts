import type { AnswerNote } from '../../proxy/squid-formats.ts';

/** Squid's own keyword is `message`, for the page. */
export type AnswerKey = AnswerNote | 'message';
export type Answer = { readonly [Key in AnswerKey]?: string | undefined };

/**
 * The line for Squid. Values are percent-encoded: Squid 5.7 decodes an unquoted value, and a value that is empty
 * makes it take the next key for the value, hence those are left out.
 */
export function formatAnswer(channel: string, answer: Answer): string {
  return `${channel} OK${formatNotes(answer)}`;
}

/** What follows `OK`, with a space in front of each. */
export function formatNotes(answer: Answer): string {
  let notes = '';
  for (const [key, value] of Object.entries(answer)) {
    if (value !== undefined && value !== '') notes += ` ${key}=${encode(value)}`;
  }
  return notes;
}

function encode(value: string): string {
  return /^[\w.:/#,-]+$/.test(value)
    ? value
    : encodeURIComponent(value.toWellFormed()).replaceAll("'", '%27');
}

/** Longer than any true name, address and rule; a client can make a target much longer. */
const LONGEST_TEXT = 1024;

/** For a header: printable ASCII on one line. */
export function asciiLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?').slice(0, LONGEST_TEXT);
}
