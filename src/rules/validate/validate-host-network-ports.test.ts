import { describe, expect, test } from 'vitest';
import { systemPort, validateHostNetworkPorts } from './validate-host-network-ports.ts';

const faultsOf = (hostNetworkPorts: unknown) =>
  validateHostNetworkPorts({ hostNetworkPorts }).map(({ field, message }) => `${field}: ${message}`);

describe('validateHostNetworkPorts', () => {
  test('accepts the ports of node exporters and tracing agents', () => {
    expect(faultsOf([9100, 4317, 8125])).toEqual([]);
    expect(validateHostNetworkPorts({})).toEqual([]);
  });

  test.each([
    [10250, 'the kubelet'],
    [10255, 'the kubelet'],
    [10256, 'kube-proxy'],
    [2379, 'etcd'],
    [6443, 'the API server'],
    [22, 'SSH'],
    [53, 'a DNS server, through which data can leave'],
  ])('refuses %i with the reason', (port, listener) => {
    expect(faultsOf([9100, port])).toEqual([
      `spec.hostNetworkPorts[1]: port ${port} of a node is ${listener}; it cannot be opened to pods`,
    ]);
    expect(systemPort(port)).toBe(listener);
  });

  test('refuses what is no list of ports', () => {
    expect(faultsOf([0])).toEqual(['spec.hostNetworkPorts[0]: a port must be a number from 1 to 65535']);
    expect(faultsOf(9100)).toEqual(['spec.hostNetworkPorts: this must be a list']);
  });
});
