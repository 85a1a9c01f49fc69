import { isIP } from 'node:net';

/** A client's end of a TCP connection with this pod. */
export interface ClientEnd {
  address: string;
  port: number;
}

/** `<address> <port>`; undefined for anything else. */
export function parseClientEnd(line: string): ClientEnd | undefined {
  const [address = '', port = '', ...rest] = line.split(' ');
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%') || !/^[1-9]\d{0,4}$/.test(port)) {
    return undefined;
  }
  return Number(port) > 65_535 ? undefined : { address, port: Number(port) };
}

/**
 * Arguments of ss(8) that end one connection (the kernel's SOCK_DESTROY) and print it, or print nothing where there is
 * none. An IPv4 address finds a client of a socket for both families, too.
 */
export function ssArguments({ address, port }: ClientEnd, ownPort: number): string[] {
  const destination = isIP(address) === 6 ? `[${address}]` : address;
  const filter = `sport = :${ownPort} and dst ${destination} and dport = :${port}`;
  return ['--kill', '--no-header', '--numeric', '--tcp', 'state', 'connected', filter];
}
