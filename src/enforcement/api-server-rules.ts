import { cidrOf } from './cidr.ts';
import { compareText, type EgressRule } from './network-policy.ts';

export interface ApiServerEndpoint {
  address: string;
  port: number;
}

/** The endpoints behind the kubernetes Service: mostly the nodes' addresses, which no selector reaches. */
export function apiServerRules(endpoints: readonly ApiServerEndpoint[]): EgressRule[] {
  const rules = new Map<string, EgressRule>();
  for (const { address, port } of endpoints) {
    const cidr = cidrOf(address);
    if (cidr === undefined) continue;
    rules.set(`${cidr} ${port}`, { to: [{ ipBlock: { cidr } }], ports: [{ protocol: 'TCP', port }] });
  }
  return [...rules].sort(([a], [b]) => compareText(a, b)).map(([, rule]) => rule);
}
