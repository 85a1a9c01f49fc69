import ipaddr from 'ipaddr.js';
import type { InjectedNoProxy } from './no-proxy.ts';

/** Java's default, which the property replaces. */
const LOOPBACK = ['localhost', '127.*', '[::1]'];

/** Limit of patterns for one range (172.16.0.0/12 needs 16); a range that needs more is left out. */
const PATTERNS_PER_RANGE = 16;

/** Precedence where `room` is short: suffixes cover the most names with the fewest bytes. */
const order = { suffix: 0, exact: 1, range: 2, bare: 3, belowBare: 4, namespace: 5 } as const;

interface Pattern {
  kind: keyof typeof order;
  text: string;
}

/**
 * NO_PROXY's value as Java's http.nonProxyHosts: patterns separated by `|`, each with `*` at its start or end only
 * (java.net.ProxySelector). Ports and IPv6 ranges have no pattern, and `.name` adds nothing to the patterns of `name`. At
 * most `room` bytes, unless loopback needs more.
 */
export function nonProxyHosts(
  { value: entries, namespaceEntries, exactNames }: InjectedNoProxy,
  room: number,
): string {
  const list = entries.split(',');
  const whole = new Set(list);
  const patterns = list
    .filter((entry) => !(entry.startsWith('.') && whole.has(entry.slice(1))))
    .flatMap((entry): Pattern[] =>
      namespaceEntries.has(entry) ? [{ kind: 'namespace', text: `*${entry}` }] : javaPatterns(entry),
    )
    .concat(exactNames.map((text) => ({ kind: 'bare', text })))
    .sort((a, b) => order[a.kind] - order[b.kind])
    .map(({ text }) => text);
  let value = LOOPBACK.join('|');
  for (const text of withoutCovered([...new Set(patterns)])) {
    const longer = `${value}|${text}`;
    if (longer.length <= room) value = longer;
  }
  return value;
}

function javaPatterns(entry: string): Pattern[] {
  if (entry === '' || LOOPBACK.includes(entry)) return [];
  if (entry.includes('/')) return rangePatterns(entry).map((text) => ({ kind: 'range', text }));
  if (ipaddr.isValid(entry)) return [{ kind: 'exact', text: entry.includes(':') ? `[${entry}]` : entry }];
  if (entry.includes(':')) return [];
  if (entry.startsWith('.')) return [{ kind: 'suffix', text: `*${entry}` }];
  if (entry.startsWith('*.')) return [{ kind: 'suffix', text: entry }];
  return entry.includes('.')
    ? [
        { kind: 'exact', text: entry },
        { kind: 'exact', text: `*.${entry}` },
      ]
    : [
        { kind: 'bare', text: entry },
        { kind: 'belowBare', text: `*.${entry}` },
      ];
}

/** 10.32.0.0/14 → 10.32.* to 10.35.* */
function rangePatterns(cidr: string): string[] {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return [];
  const [network, bits] = ipaddr.IPv4.parseCIDR(cidr);
  const octets = Math.ceil(bits / 8);
  const count = 2 ** (octets * 8 - bits);
  if (octets === 0 || count > PATTERNS_PER_RANGE) return [];
  const fixed = network.octets.slice(0, octets);
  const last = (fixed.pop() ?? 0) & ~(count - 1);
  const end = octets === 4 ? '' : '.*';
  return Array.from({ length: count }, (_, step) => [...fixed, last + step].join('.') + end);
}

/** `*.cluster.local` covers `*.svc.cluster.local`; LOOPBACK is always included. */
function withoutCovered(patterns: string[]): string[] {
  const suffixes = patterns.filter((text) => text.startsWith('*')).map((text) => text.slice(1));
  return patterns.filter(
    (text) =>
      !LOOPBACK.includes(text) &&
      !text.startsWith('127.') &&
      !suffixes.some((suffix) => text.length > suffix.length + 1 && text.endsWith(suffix)),
  );
}
