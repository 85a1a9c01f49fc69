/** Characters of a name from outside; a DNS name and its port fit. */
const LONGEST_NAME = 260;

/** Makes a name from outside plain text. */
export function plain(text: string): string {
  const cut = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}...` : text;
  return cut.replace(/[^\w !#$()*+,./:;=?@[\]{}|~'-]/gu, '?').replaceAll("'", '');
}
