import { type Address, parseAddress } from '../address/index.ts';
import { readHost } from './host-name.ts';
import { isPort } from './target-port.ts';

/** What a request asks for, in the one spelling that rules are compared with. */
export type Destination =
  | { kind: 'name'; name: string; port: number }
  | { kind: 'address'; address: Address; port: number };

export type ParsedDestination =
  | { ok: true; destination: Destination }
  /** `message`: what is wrong, with nothing of the request in it that is not escaped. */
  | { ok: false; message: string };

/** Characters; percent-encoding makes three of one. */
const LONGEST_HOST = 1024;

/**
 * A host as a client wrote it, or as Squid hands it on. Every spelling of an address that a resolver or inet_aton
 * would take for one is that address here; a text that could mean two things is malformed.
 */
export function parseDestination(host: string, port: number): ParsedDestination {
  if (!isPort(port)) return malformed('the port is not a number from 1 to 65535');
  if (host.length > LONGEST_HOST) return malformed('the host is too long');
  const text = decode(host);
  if (text === undefined) return malformed('the host has a "%" that encodes no UTF-8');
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
      if (bracketed) return malformed('brackets are for IPv6 addresses');
      return { ok: true, destination: { kind: 'name', name: read.name, port } };
  }
}

/** Decoded once. What is still encoded then has a `%`, which no name may have. */
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
