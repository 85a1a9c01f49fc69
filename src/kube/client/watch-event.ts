import type { KubeObject } from '../object.ts';
import { ApiError, type StatusBody } from './api-error.ts';

export type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T } | Bookmark;

/** Every change up to this resourceVersion has been sent. */
interface Bookmark {
  type: 'BOOKMARK';
  object: { metadata: { resourceVersion: string; annotations?: Record<string, string> } };
}

/** Whether it is the bookmark after the objects that existed when the watch began. */
export function endsInitialEvents({ object }: Bookmark): boolean {
  return object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
}

/**
 * Parses the text of a watch, one JSON object per line, and trims each object. Throws the server's ERROR event as an ApiError.
 *
 * An object is parsed and trimmed by a function that returns: a generator that waits for more text keeps what its variables
 * had, and a large object would be there at each collection of garbage (docs/benchmarks.md).
 */
export async function* parseWatch<T extends KubeObject, S>(
  request: string,
  chunks: AsyncIterable<string>,
  trim: (object: T) => S,
): AsyncGenerator<WatchEvent<S>> {
  const takeEvent = (texts: string[]): WatchEvent<S> => {
    const event = JSON.parse(texts.shift() ?? '') as
      | WatchEvent<T>
      | { type: 'ERROR'; object: StatusBody & { code?: number } };
    if (event.type === 'ERROR') throw new ApiError(request, event.object.code ?? 500, event.object);
    return event.type === 'BOOKMARK' ? event : { type: event.type, object: trim(event.object) };
  };
  const splitter = new LineSplitter();
  for await (const chunk of chunks) {
    const texts = splitter.take(chunk);
    while (texts.length > 0) yield takeEvent(texts);
  }
}

/** Yields the lines of a text that arrives in chunks. */
export async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks) yield* splitter.take(chunk);
}

/** Splits text into lines. A last line without a line end was cut off and is dropped. */
class LineSplitter {
  #rest: string[] = [];

  /** The lines that end in this chunk, without the empty ones. */
  take(chunk: string): string[] {
    const [head = '', ...tail] = chunk.split('\n');
    this.#rest.push(head);
    return tail
      .map((part) => {
        const line = this.#rest.join('');
        this.#rest = [part];
        return line;
      })
      .filter((line) => line !== '');
  }
}
