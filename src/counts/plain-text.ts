/** Characters: a name of 253 characters and a port fit. */
const LONGEST = 300;

/**
 * Makes a client's text safe to show in a terminal or a table: invisible characters and those that change the writing
 * direction are percent-encoded.
 */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]/gu, (found) => (found === ' ' ? found : encodeURIComponent(found)))
    .slice(0, LONGEST)
    .toWellFormed();
}
