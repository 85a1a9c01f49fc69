import { readFile } from 'node:fs/promises';
import { canonicalAddress } from '../rules/index.ts';

/** The kernel's tables of the TCP connections of this pod, IPv4 and IPv6 (proc(5)). Rejects if the kernel shows none. */
export function readTcpTables(): Promise<string[]> {
  return Promise.all(['tcp', 'tcp6'].map((name) => readTable(`/proc/net/${name}`)));
}

/** A kernel without IPv6 has no tcp6. */
function readTable(path: string): Promise<string> {
  return readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && path.endsWith('6')) return '';
    throw error;
  });
}

/** Parses an address of a table: 32-bit words in the machine's byte order, which is little-endian on all supported platforms. */
export function parseTableAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(
    (word) => Buffer.from(word, 'hex').reverse().toJSON().data,
  );
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return canonicalAddress(groups.join(':'));
}
