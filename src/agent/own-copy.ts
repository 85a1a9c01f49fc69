/**
 * The same text in memory of its own. A part of a string keeps the whole string alive: a name out of a read of 64 KiB
 * would hold these for as long as it is remembered.
 */
export function ownCopy<T extends string | undefined>(text: T): T {
  return (text === undefined ? undefined : Buffer.from(text).toString()) as T;
}
