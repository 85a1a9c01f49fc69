import { ApiError, type StatusBody } from '../client/api-error.ts';
import type { KubeObject } from '../object.ts';

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** Nothing has changed up to this resourceVersion. */
  | { type: 'BOOKMARK'; object: { metadata: { resourceVersion: string } } };

/** A watch's text as events, one JSON object a line. The server's ERROR event is thrown as an ApiError. */
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

/** A last line without its end was cut off and is left out. */
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
