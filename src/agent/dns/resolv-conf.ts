import { isIP } from 'node:net';
import type { Nameserver } from './nameserver-client.ts';

const PORT = 53;

/** The nameservers of a resolv.conf (resolv.conf(5)); its search domains and options are not applied. */
export function readNameservers(resolvConf: string): Nameserver[] {
  return resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address) !== 0)
    .map((address) => ({ address, port: PORT }));
}
