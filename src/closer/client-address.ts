import { isIP } from 'node:net';

/** Address and port of the client of a TCP connection to this pod. */
export interface ClientAddress {
  address: string;
  port: number;
}

/** Parses `<address> <port>`; undefined for anything else. */
export function parseClientAddress(line: string): ClientAddress | undefined {
  const [address = '', port = '', ...rest] = line.split(' ');
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%') || !/^[1-9]\d{0,4}$/.test(port)) {
    return undefined;
  }
  return Number(port) > 65_535 ? undefined : { address, port: Number(port) };
}

/** Parses one or more clients, separated by commas; undefined if one is malformed. */
export function parseClientAddresses(line: string): ClientAddress[] | undefined {
  const clients = line.split(',').map(parseClientAddress);
  return clients.every((end) => end !== undefined) ? clients : undefined;
}

/**
 * Arguments of ss(8) that end the connections of these clients (the kernel's SOCK_DESTROY) and print one line for each
 * connection. An IPv4 address also matches a client of a dual-stack socket.
 */
export function ssArguments(clients: readonly ClientAddress[], ownPort: number): string[] {
  const each = clients.map(({ address, port }) => {
    return `( dst ${isIP(address) === 6 ? `[${address}]` : address} and dport = :${port} )`;
  });
  const filter = `sport = :${ownPort} and ( ${each.join(' or ')} )`;
  return ['--kill', '--no-header', '--numeric', '--tcp', 'state', 'connected', filter];
}
