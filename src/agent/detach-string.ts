/** Copies a string. A V8 slice keeps its parent alive: a cached name would pin a 64 KiB read buffer. */
export function detachString<T extends string | undefined>(text: T): T {
  return (text === undefined ? undefined : Buffer.from(text).toString()) as T;
}
