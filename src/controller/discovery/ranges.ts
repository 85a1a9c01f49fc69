import ipaddr from 'ipaddr.js';

interface Range {
  family: 'ipv4' | 'ipv6';
  network: bigint;
  bits: number;
}

const WIDTH = { ipv4: 32, ipv6: 128 } as const;

/**
 * The fewest CIDRs that cover exactly the same addresses, in a stable order; what is neither a CIDR nor an address is
 * left out. A cluster of 5,000 nodes has 5,000 pod ranges, which mostly lie side by side.
 */
export function aggregateRanges(texts: Iterable<string>): string[] {
  const parsed = [...texts].map(parseRange).filter((range) => range !== undefined);
  const stack: Range[] = [];
  // By network and then widest first: whatever can hold or join a range is on top of the stack.
  for (const range of parsed.sort(byNetwork)) {
    const top = stack.at(-1);
    if (top !== undefined && holds(top, range)) continue;
    stack.push(range);
    while (joinTop(stack));
  }
  return stack.map(format);
}

function parseRange(text: string): Range | undefined {
  const isCidr = ipaddr.isValidCIDR(text);
  if (!isCidr && !ipaddr.isValid(text)) return undefined;
  const [address, bits] = isCidr
    ? ipaddr.parseCIDR(text)
    : [ipaddr.parse(text), WIDTH[ipaddr.parse(text).kind()]];
  const family = address.kind();
  const value = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const hostBits = BigInt(WIDTH[family] - bits);
  return { family, network: (value >> hostBits) << hostBits, bits };
}

function byNetwork(a: Range, b: Range): number {
  if (a.family !== b.family) return a.family === 'ipv4' ? -1 : 1;
  if (a.network !== b.network) return a.network < b.network ? -1 : 1;
  return a.bits - b.bits;
}

function prefix({ family, network }: Range, bits: number): bigint {
  return network >> BigInt(WIDTH[family] - bits);
}

function holds(outer: Range, inner: Range): boolean {
  return (
    outer.family === inner.family &&
    outer.bits <= inner.bits &&
    prefix(outer, outer.bits) === prefix(inner, outer.bits)
  );
}

/** Two halves of one range on top of the stack become that range. */
function joinTop(stack: Range[]): boolean {
  const [low, high] = stack.slice(-2);
  if (low === undefined || high === undefined) return false;
  if (low.family !== high.family || low.bits !== high.bits || low.bits === 0) return false;
  const parent = low.bits - 1;
  if (prefix(low, parent) !== prefix(high, parent)) return false;
  stack.splice(-2, 2, { ...low, bits: parent });
  return true;
}

function format({ family, network, bits }: Range): string {
  const bytes = Array.from({ length: WIDTH[family] / 8 }, (_, index) =>
    Number((network >> BigInt(WIDTH[family] - 8 * (index + 1))) & 0xffn),
  );
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}
