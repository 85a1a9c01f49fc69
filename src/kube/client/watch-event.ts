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

/** Parses the text of a watch, one JSON object per line. Throws the server's ERROR event as an ApiError. */
export async function* parseWatch<T extends KubeObject>(
  request: string,
  chunks: AsyncIterable<string>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of lines(chunks)) {
    const event = JSON.parse(line) as
      | WatchEvent<T>
      | { type: 'ERROR'; object: StatusBody & { code?: number } };
    if (event.type === 'ERROR') throw new ApiError(request, event.object.code ?? 500, event.object);
    yield event;
  }
}

/** Splits text into lines. A last line without a line end was cut off and is dropped. */
export async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest: string[] = [];
  for await (const chunk of chunks) {
    const [head = '', ...tail] = chunk.split('\n');
    rest.push(head);
    for (const part of tail) {
      const line = rest.join('');
      rest = [part];
      if (line !== '') yield line;
    }
  }
}
