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

/** One or more, separated by commas; undefined where one of them is none. */
export function parseClientEnds(line: string): ClientEnd[] | undefined {
  const ends = line.split(',').map(parseClientEnd);
  return ends.every((end) => end !== undefined) ? ends : undefined;
}

/**
 * Arguments of ss(8) that end connections (the kernel's SOCK_DESTROY) and print those that there were, a line each. An
 * IPv4 address finds a client of a socket for both families, too.
 */
export function ssArguments(clients: readonly ClientEnd[], ownPort: number): string[] {
  const each = clients.map(({ address, port }) => {
    return `( dst ${isIP(address) === 6 ? `[${address}]` : address} and dport = :${port} )`;
  });
  const filter = `sport = :${ownPort} and ( ${each.join(' or ')} )`;
  return ['--kill', '--no-header', '--numeric', '--tcp', 'state', 'connected', filter];
}
