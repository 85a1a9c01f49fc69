import { connect } from 'node:net';
import type { Nameserver } from './nameserver.ts';

/** Bytes of the length before each message of a TCP connection (RFC 1035, 4.2.2). */
const LENGTH = 2;

export function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Takes the messages out of what a connection receives, whatever pieces it comes in. */
export class MessageReader {
  #received = Buffer.alloc(0);

  *read(chunk: Buffer): Generator<Buffer> {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let end = this.#end(); this.#received.length >= end; end = this.#end()) {
      const message = this.#received.subarray(LENGTH, end);
      this.#received = this.#received.subarray(end);
      yield message;
    }
  }

  /** Infinity while the length has not come. */
  #end(): number {
    const received = this.#received;
    return received.length < LENGTH ? Number.POSITIVE_INFINITY : LENGTH + received.readUInt16BE(0);
  }
}

/** The answer to a message, on a connection of its own. Rejects without one after `timeoutMs`. */
export function askOverTcp(
  { address, port }: Nameserver,
  message: Buffer,
  timeoutMs: number,
): Promise<Buffer> {
  const answer = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => answer.reject(new Error('timeout')), timeoutMs);
  const socket = connect({ host: address, port });
  const reader = new MessageReader();
  socket.on('error', answer.reject);
  socket.on('close', () => answer.reject(new Error('closed early')));
  socket.on('connect', () => socket.write(withLength(message)));
  socket.on('data', (chunk) => {
    for (const received of reader.read(chunk)) answer.resolve(received);
  });
  return answer.promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
