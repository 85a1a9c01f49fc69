export interface Entry<T> {
  text: string;
  item: T;
  /** Offset behind the line that it was made of. */
  end: number;
}

export interface Chunk<T> {
  /** Whole lines, with their ends. */
  text: string;
  bytes: number;
  items: T[];
  end: number;
}

/** As many lines together as fit into so many bytes; a line that is longer stands alone. */
export function chunksOf<T>(entries: readonly Entry<T>[], maxBytes: number): Chunk<T>[] {
  const chunks: Chunk<T>[] = [];
  for (const { text, item, end } of entries) {
    const bytes = Buffer.byteLength(text) + 1;
    const last = chunks.at(-1);
    if (last === undefined || last.bytes + bytes > maxBytes) {
      chunks.push({ text: `${text}\n`, bytes, items: [item], end });
    } else {
      last.text += `${text}\n`;
      last.bytes += bytes;
      last.items.push(item);
      last.end = end;
    }
  }
  return chunks;
}
