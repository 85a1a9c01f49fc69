import { describe, expect, test } from 'vitest';
import type { DnsMode, ServedNamespace } from '../../injection/index.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import { planNameserver } from './plan-nameserver.ts';

const pod = (name: string, nameserver?: string, unservable?: CachedPod['unservable']) =>
  ({ metadata: { name }, injected: { nameserver }, unservable }) as unknown as CachedPod;
const served = (dns: DnsMode, dnsAddresses: string[] | undefined = ['10.96.0.53']) =>
  ({ kind: 'served', dns, proxy: { status: { dnsAddresses } } }) as unknown as ServedNamespace;
const ours = pod('ours', '10.96.0.53');

describe('planNameserver', () => {
  test.each<[string, CachedPod[], ServedNamespace, string]>([
    ['every pod', [ours], served('ClusterOnly'), 'True NameserverUsed'],
    ['no pod', [], served('Report'), 'True NameserverUsed'],
    ['an older pod', [ours, pod('old')], served('Report'), 'False PodsOnClusterDns'],
    [
      'a pod with a former address',
      [pod('old', '10.96.0.9')],
      served('ClusterOnly'),
      'False PodsOnClusterDns',
    ],
    [
      'a pod that cannot be served',
      [ours, pod('host', undefined, 'HostNetwork')],
      served('Report'),
      'True NameserverUsed',
    ],
    ['no address', [ours], served('ClusterOnly', []), 'False Pending'],
  ])('%s', (_, pods, namespace, expected) => {
    const [condition] = planNameserver(pods, namespace);
    expect(`${condition?.status} ${condition?.reason}`).toBe(expected);
  });

  test('says what does not work in the pod, and what to do', () => {
    expect(planNameserver([pod('old')], served('ClusterOnly'))[0]?.message).toBe(
      "these pods use the cluster's DNS, and reach no DNS, since it is closed; restart them: old",
    );
  });

  test("there is none where pods use the cluster's DNS", () => {
    expect(planNameserver([pod('old')], served('Cluster'))).toEqual([]);
  });
});
