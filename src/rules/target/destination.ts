import { type Address, parseAddress } from '../address/index.ts';
import { readHost } from './host-name.ts';
import { isPort } from './target-port.ts';

/** Destination of a request, in the canonical form that rules are compared with. */
export type Destination =
  | { kind: 'name'; name: string; port: number }
  | { kind: 'address'; address: Address; port: number };

export type ParsedDestination =
  | { ok: true; destination: Destination }
  /** `message`: the fault; text of the request in it is escaped. */
  | { ok: false; message: string };

/** Characters. Percent-encoding makes three of one. */
const LONGEST_HOST = 1024;

/**
 * Parses a host as the client or Squid writes it. Any text that a resolver or inet_aton reads as an address is that
 * address here; an ambiguous text is malformed.
 */
export function parseDestination(host: string, port: number): ParsedDestination {
  if (!isPort(port)) return malformed('the port is not a number from 1 to 65535');
  if (host.length > LONGEST_HOST) return malformed('the host is too long');
  const text = decode(host);
  if (text === undefined) return malformed('the host has a "%" that does not encode UTF-8');
  const [, inside] = /^\[(.*)\]$/.exec(text) ?? [];
  const address = parseAddress(inside ?? text);
  if (address !== undefined) return { ok: true, destination: { kind: 'address', address, port } };
  return named((inside ?? text).replace(/\.+$/, ''), port, inside !== undefined);
}

export function formatDestination(destination: Destination): string {
  const { port } = destination;
  if (destination.kind === 'name') return `${destination.name}:${port}`;
  const { family, text } = destination.address;
  return family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
}

function named(text: string, port: number, bracketed: boolean): ParsedDestination {
  const read = readHost(text);
  switch (read.kind) {
    case 'malformed':
      return malformed(read.fault.message);
    case 'address':
      return { ok: true, destination: { kind: 'address', address: read.address, port } };
    case 'name':
      if (bracketed) return malformed('brackets are only for IPv6 addresses');
      return { ok: true, destination: { kind: 'name', name: read.name, port } };
  }
}

/** Decodes once. A text that is still encoded has a `%`, which no name may have. */
function decode(host: string): string | undefined {
  if (!host.includes('%')) return host;
  try {
    return decodeURIComponent(host);
  } catch {
    return undefined;
  }
}

function malformed(message: string): ParsedDestination {
  return { ok: false, message };
}
