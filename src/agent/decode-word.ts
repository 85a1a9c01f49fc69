/**
 * Decodes a field of a line of Squid, which percent-encodes it. The text stays encoded if its bytes are not UTF-8, which a
 * client or a cut line can cause: no rule can name such a host.
 */
export function decodeWord(word: string): string {
  if (!word.includes('%')) return word;
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
