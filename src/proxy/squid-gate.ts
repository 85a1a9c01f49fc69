import { agentPorts } from './proxy-facts.ts';
import { NEVER_DEAD } from './squid-upstreams.ts';
import { SQUID_CONNECT_SECONDS } from './timing.ts';

/** The header by which Squid tells the gate what the agent decided; src/relay/gate.c describes it. */
const HEADER = 'X-Kube-Egress-Gate';
/** The header by which the library in Squid's process knows whose tunnel it is; src/in-squid/half-close.h describes it. */
const CLIENT_HEADER = 'X-Kube-Egress-Client';

/**
 * The gate is the parent of the tunnels for which the agent orders it. A client cannot send these headers, which
 * Squid removes first. These tunnels never go direct: with no rule about that Squid prefers the direct way. The rule comes
 * before those about upstreams, since the first that applies decides.
 */
export function gateSection(): [string, string[]] {
  const options = [
    'no-query no-digest no-netdb-exchange',
    `connect-timeout=${SQUID_CONNECT_SECONDS} connect-fail-limit=${NEVER_DEAD}`,
    // No upstream can have this name, which has an underscore.
    'name=the_gate',
  ];
  const value = ['id_', 'gate_', 'gateName_', 'resolved_'].map((note) => `%'{${note}}note`);
  return [
    'The gate: server names of tunnels',
    [
      'nonhierarchical_direct off',
      'prefer_direct off',
      'acl gated note gate_',
      `cache_peer 127.0.0.1 parent ${agentPorts.gate} 0 ${options.join(' ')}`,
      'cache_peer_access the_gate allow CONNECT gated',
      'cache_peer_access the_gate deny all',
      `request_header_access ${HEADER} deny all`,
      `request_header_access ${CLIENT_HEADER} deny all`,
      `request_header_add ${HEADER} "${value.join(' ')}" CONNECT gated`,
      `request_header_add ${CLIENT_HEADER} "%>a %>p" CONNECT gated`,
      'never_direct allow CONNECT gated',
    ],
  ];
}
