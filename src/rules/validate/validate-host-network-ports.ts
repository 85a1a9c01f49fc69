import { type Fault, faultAt, textFault } from '../fault.ts';
import { type Fields, fieldOf } from './read-fields.ts';
import { validatePorts } from './validate-ports.ts';

/** Ports of nodes that control the node or the cluster, or lead out of it, with what listens there. */
const systemPorts: ReadonlyMap<number, string> = new Map([
  [22, 'SSH'],
  [53, 'a DNS server, through which data can leave'],
  [2375, 'the container runtime'],
  [2376, 'the container runtime'],
  [2379, 'etcd'],
  [2380, 'etcd'],
  [2381, 'etcd'],
  [4194, 'cAdvisor'],
  [6443, 'the API server'],
  [10248, 'the kubelet'],
  [10249, 'kube-proxy'],
  [10250, 'the kubelet'],
  [10255, 'the kubelet'],
  [10256, 'kube-proxy'],
  [10257, 'the controller manager'],
  [10259, 'the scheduler'],
]);

/** What listens on a port of nodes that no pod may be given; undefined for every other port. */
export function systemPort(port: number): string | undefined {
  return systemPorts.get(port);
}

/** Validates `spec.hostNetworkPorts`. */
export function validateHostNetworkPorts(spec: Fields): Fault[] {
  const path = 'spec.hostNetworkPorts';
  const ports = fieldOf(spec, 'hostNetworkPorts');
  const system = (Array.isArray(ports) ? ports : []).flatMap((port, index) => {
    const listener = systemPort(port);
    if (listener === undefined) return [];
    const message = `port ${port} of a node is ${listener}; it cannot be opened to pods`;
    return [faultAt(`${path}[${index}]`, textFault('Unsupported', message))];
  });
  return [...validatePorts(spec, 'hostNetworkPorts', path), ...system];
}
