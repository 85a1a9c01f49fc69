/** The connections of one owner, as the library in Squid's process counts them (src/in-squid/open-counts.h). */
export interface OpenCount {
  /** As ownerKey. */
  owner: string;
  /** Connections that were closed since Squid's start because the owner had as many as its limit. */
  refused: number;
  open: number;
}

const RECORD_BYTES = 24;
const FREE = 0n;

/** Reads the file; what is cut off is left out. Pure. */
export function parseOpenCounts(bytes: Buffer): OpenCount[] {
  const counts: OpenCount[] = [];
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    if (bytes.readBigUInt64LE(at) === FREE) continue;
    const owner = bytes.toString('hex', at, at + 8);
    counts.push({ owner, refused: Number(bytes.readBigUInt64LE(at + 8)), open: bytes.readUInt32LE(at + 16) });
  }
  return counts;
}
