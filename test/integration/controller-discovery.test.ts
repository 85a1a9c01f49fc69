import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EgressProxySpec, label, type ServiceName } from '../../src/api/index.ts';
import { NAMESPACE_POLICY } from '../../src/enforcement/index.ts';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, createNamespace, defaultProxy, find, runPod } from './support/objects.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  await createNamespace(stage.client, 'openshift-dns');
  await createNamespace(stage.client, 'my-app', { [label.mode]: 'enforce' });
  // A tenant's, which must not become the cluster's.
  await stage.client.create(resources.services, {
    metadata: { namespace: 'my-app', name: 'kube-dns' },
    spec: { selector: { 'k8s-app': 'kube-dns' }, ports: [{ port: 53 }] },
  });
}, 180_000);
afterAll(() => stage?.stop());

const proxy = () => find(stage.client, resources.egressProxies, 'squid', 'egress-proxy')();
const policy = () => find(stage.client, resources.networkPolicies, NAMESPACE_POLICY, 'my-app')();

/** A Service of DNS with its EndpointSlice, whose port is that of the pods. */
async function createDns(
  { namespace, name }: ServiceName,
  selector: Record<string, string>,
  port: number,
  [udp = '', tcp = '']: string[],
): Promise<void> {
  const ports = [
    { name: udp, port: 53, targetPort: port, protocol: 'UDP' },
    { name: tcp, port: 53, targetPort: port, protocol: 'TCP' },
  ];
  const { client } = stage;
  await client.create(resources.services, { metadata: { namespace, name }, spec: { selector, ports } });
  await client.create(resources.endpointSlices, {
    metadata: { namespace, name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.5'] }],
    ports: ports.map((each) => ({ name: each.name, port, protocol: each.protocol })),
  });
}

/** Waits until the policy of the namespace opens these pods on this port, for TCP and UDP. */
async function opensDns(namespace: string, podLabels: Record<string, string>, port: number): Promise<void> {
  const wanted = {
    ports: ['TCP', 'UDP'].map((protocol) => ({ protocol, port })),
    to: [
      {
        podSelector: { matchLabels: podLabels },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
    ],
  };
  await until('the DNS rule', policy, (now) =>
    (now?.spec?.egress ?? []).some((rule) => isDeepStrictEqual(rule, wanted)),
  );
}

async function setCluster(cluster: EgressProxySpec['cluster'] | null): Promise<void> {
  const address = { namespace: 'egress-proxy', name: 'squid' };
  await stage.client.patch(resources.egressProxies, address, { spec: { cluster } });
}

function messageOf(object: Awaited<ReturnType<typeof proxy>>): string {
  return object?.status?.conditions?.find(({ type }) => type === 'ClusterFacts')?.message ?? '';
}

const untilFacts = (expected: string) =>
  until(expected, proxy, (now) => conditionOf(now, 'ClusterFacts') === expected);

describe('the facts of the cluster', () => {
  test('without a DNS Service the condition says what to write, and a label of a tenant counts for nothing', async () => {
    stage.startController();
    await stage.client.create(resources.egressProxies, defaultProxy());
    const found = await untilFacts('False DnsServiceNotFound');
    expect(messageOf(found)).toContain('set spec.cluster.dnsService: {namespace: NAMESPACE, name: NAME}');
    const events = await until(
      'the Event',
      () => stage.client.list(resources.events, { namespace: 'egress-proxy' }),
      ({ items }) => items.some(({ reason }) => reason === 'DnsServiceNotFound'),
    );
    expect(events.items.find(({ reason }) => reason === 'DnsServiceNotFound')?.type).toBe('Warning');
    await until('the policy', policy);
    expect(JSON.stringify((await policy())?.spec)).not.toContain('k8s-app');
  });

  test('the DNS Service of RKE2 is found when it is made', async () => {
    const service = { namespace: 'kube-system', name: 'rke2-coredns-rke2-coredns' };
    await createDns(service, { 'k8s-app': 'kube-dns' }, 53, ['udp-53', 'tcp-53']);
    await opensDns('kube-system', { 'k8s-app': 'kube-dns' }, 53);
    const found = await untilFacts('True ClusterFactsFound');
    expect(found?.status?.discovered).toMatchObject({
      dnsService: service,
      sources: { dnsService: 'KnownName', clusterDomain: 'ResolvConf', podCIDRs: 'Nodes' },
    });
  });

  test('one that the operator names replaces it, with the ports of its pods; without the field the other is back', async () => {
    const service = { namespace: 'openshift-dns', name: 'dns-default' };
    const selector = { 'dns.operator.openshift.io/daemonset-dns': 'default' };
    await createDns(service, selector, 5353, ['dns', 'dns-tcp']);
    await setCluster({ dnsService: service, clusterDomain: 'corp.internal' });
    await opensDns('openshift-dns', selector, 5353);
    const found = await until(
      'the source',
      proxy,
      (now) => now?.status?.discovered?.sources?.dnsService === 'Spec',
    );
    expect(found?.status?.discovered).toMatchObject({ dnsService: service, clusterDomain: 'corp.internal' });
    expect(JSON.stringify((await policy())?.spec)).not.toContain('k8s-app');
    await setCluster(null);
    await opensDns('kube-system', { 'k8s-app': 'kube-dns' }, 53);
  });

  test('the next leader opens it with its first policy', async () => {
    await stage.stopControllers();
    const before = await policy();
    const next = stage.startController();
    await setCluster({ nodeCIDRs: ['198.51.100.0/24'] });
    await until('the next leader', proxy, (now) => now?.status?.discovered?.sources?.nodeCIDRs === 'Spec');
    expect((await policy())?.metadata.generation).toBe(before?.metadata.generation);
    expect(next.applied).not.toContain(`NetworkPolicy my-app/${NAMESPACE_POLICY}`);
  });

  test('pods outside of the pod ranges are reported, and move no range', async () => {
    await runPod(stage.client, { namespace: 'my-app', name: 'calico', podIP: '192.168.77.3' });
    await untilFacts('False PodRangeUnknown');
    await setCluster({ podCIDRs: ['10.244.0.0/16'] });
    const contradicted = await untilFacts('False PodRangeContradicted');
    expect(messageOf(contradicted)).toContain('192.168.77.0/24');
    expect(contradicted?.status?.discovered?.podCIDRs).toEqual(['10.244.0.0/16']);
    await setCluster({ podCIDRs: ['192.168.0.0/16'] });
    const found = await untilFacts('True ClusterFactsFound');
    expect(found?.status?.discovered?.podCIDRs).toEqual(['192.168.0.0/16']);
    expect(found?.status?.effectiveNoProxy).toContain('192.168.0.0/16');
  });
});
