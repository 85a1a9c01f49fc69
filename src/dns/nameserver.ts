import { isIP } from 'node:net';

export interface Nameserver {
  address: string;
  port: number;
}

const DNS_PORT = 53;

/** Reads the nameservers of a resolv.conf (resolv.conf(5)); its search domains and options are not applied. */
export function readNameservers(resolvConf: string): Nameserver[] {
  return resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address) !== 0)
    .map((address) => ({ address, port: DNS_PORT }));
}

/** Parses `127.0.0.1:53` or `[::1]:53`, which config has validated. */
export function parseNameserver(endpoint: string): Nameserver {
  const colon = endpoint.lastIndexOf(':');
  return {
    address: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(endpoint.slice(colon + 1)),
  };
}
