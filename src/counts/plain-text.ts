/** A name of 253 characters with a port, and some. */
const LONGEST = 300;

/**
 * What a client sent, as text that a terminal, a table and a list can show: what has no shape of its own, or turns the
 * direction of the writing, is percent-encoded.
 */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]/gu, (found) => (found === ' ' ? found : encodeURIComponent(found)))
    .slice(0, LONGEST)
    .toWellFormed();
}
