import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-errors.ts';

/** Bytes; controller-runtime's limit. An object of etcd's 1.5 MB comes twice in an update. */
export const BODY_LIMIT = 7 * 1024 * 1024;

/**
 * Calls back once with the text of the body, or with the error BODY_TOO_LARGE. Not at all where the client goes away
 * before the end: there is nobody to answer then. A callback, since a promise would cost every request.
 */
export function readBody(request: IncomingMessage, done: (body: string | HttpError) => void): void {
  if (Number(request.headers['content-length']) > BODY_LIMIT) {
    done(tooLarge());
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    const fitted = length <= BODY_LIMIT;
    length += chunk.length;
    if (length <= BODY_LIMIT) chunks.push(chunk);
    else if (fitted) done(tooLarge());
  });
  request.on('end', () => {
    if (length <= BODY_LIMIT) done(textOf(chunks));
  });
  // The client went away in the middle: nothing else hears of it.
  request.on('error', () => {});
}

/** Most bodies come in one piece, and need no copy. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first.toString() : Buffer.concat(chunks).toString();
}

function tooLarge(): HttpError {
  return new HttpError('BODY_TOO_LARGE', String(BODY_LIMIT));
}
