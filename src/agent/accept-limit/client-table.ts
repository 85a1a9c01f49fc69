import { createHash } from 'node:crypto';
import type { Address } from '../../rules/index.ts';

/** How many connections an address's owner may have, for the library in Squid's process (src/in-squid/client-table.h). */
export interface ClientEntry {
  address: Address;
  /** A namespace. */
  owner: string;
  limit: number;
}

/** Names the format; another one is not read. */
const FORMAT = 'accept 1';
const RECORD_BYTES = 32;
/** The two bytes before an IPv4 address that make it one of IPv6 (RFC 4291, 2.5.5.2). */
const MAPPED = 0xffff;
const LOW_64 = 0xffff_ffff_ffff_ffffn;
const MOST = 0xffff_ffff;

/** The owner in the table and in the counts: 64 bits in hexadecimal, never 0, which marks a free place. Pure. */
export function ownerKey(owner: string): string {
  const key = createHash('sha256').update(owner).digest('hex').slice(0, 16);
  return /^0+$/.test(key) ? '01'.padEnd(16, '0') : key;
}

/** The content of the file, made entry by entry: a large cluster's takes longer than a turn of the event loop may. */
export class ClientTable {
  readonly #keys = new Map<string, string>();
  #bytes = Buffer.alloc(FORMAT.length + 1000 * RECORD_BYTES);
  #length = this.#bytes.write(FORMAT, 'latin1');

  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add({ address: { family, value }, owner, limit }: ClientEntry): void {
    if (this.#length === this.#bytes.length) this.#grow();
    const [bytes, at] = [this.#bytes, this.#length];
    if (family === 4) {
      bytes.writeUInt16BE(MAPPED, at + 10);
      bytes.writeUInt32BE(Number(value), at + 12);
    } else {
      bytes.writeBigUInt64BE(value >> 64n, at);
      bytes.writeBigUInt64BE(value & LOW_64, at + 8);
    }
    bytes.write(this.#keyOf(owner), at + 16, 'hex');
    bytes.writeUInt32LE(Math.min(limit, MOST), at + 24);
    this.#length += RECORD_BYTES;
  }

  #grow(): void {
    const records = this.#length - FORMAT.length;
    const larger = Buffer.alloc(FORMAT.length + 2 * records);
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }

  #keyOf(owner: string): string {
    const known = this.#keys.get(owner);
    if (known !== undefined) return known;
    const key = ownerKey(owner);
    this.#keys.set(owner, key);
    return key;
  }
}
