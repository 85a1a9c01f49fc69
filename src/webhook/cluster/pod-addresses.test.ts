import { describe, expect, it } from 'vitest';
import { FakeReflector } from '../../cluster/fake-reflector.ts';
import type { Pod } from '../../kube/index.ts';
import { type CachedPod, PodAddresses, trimPod } from './pod-addresses.ts';

function pod(name: string, ips: string[], over: { namespace?: string; spec?: object; status?: object } = {}) {
  const { namespace = 'my-app', spec, status } = over;
  return trimPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, resourceVersion: '1' },
    spec: { containers: [], ...spec },
    status: { phase: 'Running', podIP: ips[0], podIPs: ips.map((ip) => ({ ip })), ...status },
  } as unknown as Pod);
}

function addressesOf(...pods: CachedPod[]) {
  const reflector = new FakeReflector<CachedPod>(pods);
  return { reflector, addresses: new PodAddresses(reflector, 'kube-system') };
}

describe('PodAddresses', () => {
  it.each([
    ['as a socket shows an IPv4 address', '10.244.0.5'],
    ['as an IPv6 socket shows an IPv4 address', '::ffff:10.244.0.5'],
    ['of its other family', 'fd00:10:244::5'],
    ['in another spelling', 'FD00:10:244:0::5'],
  ])('finds a pod by its address %s', (_, address) => {
    const { addresses } = addressesOf(pod('api', ['10.244.0.5', 'fd00:10:244::5']));
    expect(addresses.find(address)).toBe('my-app/api');
  });

  it.each([
    ['on the host network, which has the address of the API server', { spec: { hostNetwork: true } }],
    ['in kube-system, where a tunnel of the API server ends', { namespace: 'kube-system' }],
    ['that has succeeded', { status: { phase: 'Succeeded' } }],
    ['that has failed', { status: { phase: 'Failed' } }],
  ])('does not count a pod %s', (_, over) => {
    const { addresses } = addressesOf(pod('api', ['10.244.0.5'], over));
    expect(addresses.find('10.244.0.5')).toBeUndefined();
  });

  it.each(['10.244.0.1', '192.168.1.7', '', 'no address'])('knows no pod at %j', (address) => {
    const { addresses } = addressesOf(pod('api', ['10.244.0.5']));
    expect(addresses.find(address)).toBeUndefined();
  });

  it('follows a pod that gets its address, loses it and is deleted', () => {
    const { reflector, addresses } = addressesOf(pod('api', []));
    reflector.set(pod('api', ['10.244.0.5']));
    expect(addresses.find('10.244.0.5')).toBe('my-app/api');
    reflector.set(pod('api', ['10.244.0.6']));
    expect(addresses.find('10.244.0.5')).toBeUndefined();
    reflector.delete(pod('api', ['10.244.0.6']));
    expect(addresses.find('10.244.0.6')).toBeUndefined();
  });

  it('knows no pod at the address of a node, whatever the status of a pod says, while a pod is on that node', () => {
    const hostIPs = [{ ip: '192.168.1.7' }];
    const proxy = pod('kube-proxy', ['192.168.1.7'], {
      namespace: 'kube-system',
      spec: { hostNetwork: true },
      status: { hostIPs },
    });
    const { reflector, addresses } = addressesOf(proxy, pod('forged', ['192.168.1.7', '10.244.0.9']));
    reflector.set(proxy);
    expect(addresses.find('192.168.1.7')).toBeUndefined();
    expect(addresses.find('10.244.0.9')).toBe('my-app/forged');
    reflector.delete(proxy);
    expect(addresses.find('192.168.1.7')).toBe('my-app/forged');
  });

  it('leaves an address to the pod that got it last', () => {
    const { reflector, addresses } = addressesOf(pod('old', ['10.244.0.5']), pod('new', ['10.244.0.5']));
    reflector.delete(pod('old', ['10.244.0.5']));
    expect(addresses.find('10.244.0.5')).toBe('my-app/new');
  });
});
