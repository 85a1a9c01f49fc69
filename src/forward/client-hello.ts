/** The server name in the first bytes of a connection. */
export type HelloReading =
  | { kind: 'name'; name: string }
  /** There is no readable name, for this reason. */
  | { kind: 'unnamed'; reason: Unnamed }
  /** More bytes are needed. */
  | { kind: 'more' };

export type Unnamed = 'notTls' | 'noServerName' | 'encryptedServerName';

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
/**
 * Encrypted ClientHello, RFC 9849. Clients without ECH send random content in it (GREASE), which looks the same: beside it
 * the readable name counts (docs/decisions/0055).
 */
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
/** Bytes of a handshake message; a ClientHello with several post-quantum keys takes a fifth. */
const LONGEST_HELLO = 16 * 1024;

const notTls: HelloReading = { kind: 'unnamed', reason: 'notTls' };
const more: HelloReading = { kind: 'more' };

/** Reads a TLS ClientHello (RFC 8446, 4.1.2), which may be incomplete. Never throws. */
export function readClientHello(bytes: Uint8Array): HelloReading {
  const message = joinRecords(bytes);
  if (message === undefined) return notTls;
  if (message.length < 4) return more;
  const length = uint(message, 1, 3);
  if (message[0] !== CLIENT_HELLO || length > LONGEST_HELLO) return notTls;
  if (message.length < 4 + length) return more;
  try {
    return readName(new Reader(message.subarray(4, 4 + length)));
  } catch (error) {
    if (error instanceof RangeError) return notTls;
    throw error;
  }
}

/**
 * Joins the handshake message from its records, which may split it anywhere; undefined if the bytes are not TLS. Records
 * of other types may follow it, such as early data.
 */
function joinRecords(bytes: Uint8Array): Uint8Array | undefined {
  let message: Buffer = Buffer.alloc(0);
  let rest = bytes;
  while (rest.length > 0 && !isWhole(message)) {
    const record = readRecord(rest);
    if (record === undefined) return undefined;
    message = Buffer.concat([message, record.content]);
    rest = rest.subarray(record.length);
  }
  return message;
}

function isWhole(message: Uint8Array): boolean {
  return message.length >= 4 && message.length >= 4 + uint(message, 1, 3);
}

/** The content of the first record, which may be incomplete; undefined if it is not one of a handshake. */
function readRecord(bytes: Uint8Array): { content: Uint8Array; length: number } | undefined {
  if (bytes[0] !== HANDSHAKE_RECORD || (bytes[1] ?? 3) !== 3) return undefined;
  if (bytes.length < 5) return { content: bytes.subarray(0, 0), length: bytes.length };
  const length = uint(bytes, 3, 2);
  return length === 0 ? undefined : { content: bytes.subarray(5, 5 + length), length: 5 + length };
}

function readName(hello: Reader): HelloReading {
  hello.skip(2 + 32);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  if (hello.isAtEnd) return { kind: 'unnamed', reason: 'noServerName' };
  const extensions = hello.vector(2);
  let name: string | undefined;
  let isEncrypted = false;
  while (!extensions.isAtEnd) {
    const type = extensions.uint(2);
    const content = extensions.vector(2);
    if (type === ENCRYPTED_CLIENT_HELLO) isEncrypted = true;
    if (type === SERVER_NAME) name ??= hostName(content);
  }
  if (name !== undefined) return { kind: 'name', name };
  return { kind: 'unnamed', reason: isEncrypted ? 'encryptedServerName' : 'noServerName' };
}

/** RFC 6066, 3: a list of names with a type, of which only host names are used. */
function hostName(extension: Reader): string | undefined {
  const list = extension.vector(2);
  while (!list.isAtEnd) {
    const type = list.uint(1);
    const name = list.vector(2);
    if (type === HOST_NAME) return name.printable();
  }
  return undefined;
}

/** Reads in order. Throws a RangeError if the bytes end too early. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the bytes end too early');
    this.#at += length;
  }

  uint(size: number): number {
    this.skip(size);
    return uint(this.#bytes, this.#at - size, size);
  }

  /** Reads a length of `size` bytes and returns a reader of the content after it. */
  vector(size: number): Reader {
    const length = this.uint(size);
    this.skip(length);
    return new Reader(this.#bytes.subarray(this.#at - length, this.#at));
  }

  /** The content as text; undefined if it is empty or not printable ASCII. */
  printable(): string | undefined {
    const text = Buffer.from(this.#bytes).toString('latin1');
    return /^[!-~]+$/.test(text) ? text : undefined;
  }
}

function uint(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = at; index < at + size; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
