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
const MAPPED_PREFIX = 0xffff_0000_0000n;
const LOW_64 = 0xffff_ffff_ffff_ffffn;
const MOST = 0xffff_ffff;

/** The owner in the table and in the counts: 64 bits in hexadecimal, never 0, which marks a free place. Pure. */
export function ownerKey(owner: string): string {
  const key = createHash('sha256').update(owner).digest('hex').slice(0, 16);
  return /^0+$/.test(key) ? '01'.padEnd(16, '0') : key;
}

/** The content of the file. Pure. */
export function encodeClients(entries: readonly ClientEntry[]): Buffer {
  const keys = new Map<string, string>();
  const bytes = Buffer.alloc(FORMAT.length + entries.length * RECORD_BYTES);
  let at = bytes.write(FORMAT, 'latin1');
  for (const { address, owner, limit } of entries) {
    const key = keys.get(owner) ?? ownerKey(owner);
    keys.set(owner, key);
    const { family, value } = address;
    const address128 = family === 4 ? MAPPED_PREFIX | value : value;
    bytes.writeBigUInt64BE(address128 >> 64n, at);
    bytes.writeBigUInt64BE(address128 & LOW_64, at + 8);
    bytes.write(key, at + 16, 'hex');
    bytes.writeUInt32LE(Math.min(limit, MOST), at + 24);
    at += RECORD_BYTES;
  }
  return bytes;
}
