import {
  annotation,
  type ConditionReason,
  type ConditionType,
  type EgressProxySpec,
  type EgressRuleSetSpec,
  label,
} from '../../../src/api/index.ts';
import { NAMESPACE_POLICY } from '../../../src/enforcement/index.ts';
import { type KubeClient, resources } from '../../../src/kube/index.ts';
import { createNamespace, defaultProxy, runPod } from './objects.ts';

/** A fault that the controller reports by a condition. */
export interface ConditionFault {
  type: ConditionType;
  reason: ConditionReason;
  /** The finding's object. */
  object: string;
  make: (client: KubeClient) => Promise<unknown>;
  /** Changes it back; absent if the cluster may stay so. */
  end?: (client: KubeClient) => Promise<unknown>;
}

const DNS = { namespace: 'kube-system', name: 'kube-dns' };
const enforced = { [label.mode]: 'enforce' };

export async function createDns(client: KubeClient): Promise<void> {
  const selector = { 'k8s-app': 'kube-dns' };
  const ports = ['UDP', 'TCP'].map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    protocol,
  }));
  await client.create(resources.services, { metadata: DNS, spec: { selector, ports } } as never);
  await client.create(resources.endpointSlices, {
    metadata: { ...DNS, labels: { 'kubernetes.io/service-name': DNS.name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.5'] }],
    ports,
  } as never);
}

/** A pod of the namespace that was injected like this. */
const runInjected = (client: KubeClient, namespace: string, injected: object, noProxy = '') =>
  client.create(resources.pods, {
    metadata: {
      name: 'app',
      namespace,
      annotations: {
        [annotation.injected]: JSON.stringify({
          proxy: 'egress-proxy.squid',
          url: 'http://old:1',
          containers: ['app'],
          ...injected,
        }),
      },
    },
    spec: { containers: [{ name: 'app', image: 'a', env: [{ name: 'NO_PROXY', value: noProxy }] }] },
  });

const createProxy = async (client: KubeClient, namespace: string, name: string, spec: EgressProxySpec) =>
  client.create(resources.egressProxies, { ...defaultProxy(name, spec), metadata: { name, namespace } });

const patchProxy = (client: KubeClient, spec: object) =>
  client.patch(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' }, { spec });

/** A rule set in a namespace of its own. */
async function createRules(
  client: KubeClient,
  namespace: string,
  spec: EgressRuleSetSpec,
  labels: Record<string, string> = enforced,
): Promise<void> {
  await createNamespace(client, namespace, labels);
  await client.create(resources.egressRuleSets, { metadata: { namespace, name: 'rules' }, spec });
}

const closingPolicy = (namespace: string, name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace, name },
  spec: { podSelector: {}, policyTypes: ['Egress' as const], egress: [] },
});

const activity = (namespace: string) => `EgressActivity ${namespace}/observed`;
const rules = (namespace: string) => `EgressRuleSet ${namespace}/rules`;

/** One for each condition, in an installation whose default EgressProxy is `squid`. */
export const conditionFaults: readonly ConditionFault[] = [
  {
    type: 'ClusterFacts',
    reason: 'DnsServiceNotFound',
    object: 'EgressProxy egress-proxy/squid',
    make: (client) => client.delete(resources.services, DNS),
    end: async (client) => {
      await client.delete(resources.endpointSlices, DNS);
      await createDns(client);
    },
  },
  {
    type: 'ClusterFacts',
    reason: 'PodRangeUnknown',
    object: 'EgressProxy egress-proxy/squid',
    make: async (client) => {
      await createNamespace(client, 'ranges', enforced);
      await runPod(client, { namespace: 'ranges', name: 'calico', podIP: '192.168.77.3' });
    },
  },
  {
    type: 'ClusterFacts',
    reason: 'PodRangeContradicted',
    object: 'EgressProxy egress-proxy/squid',
    make: (client) => patchProxy(client, { cluster: { podCIDRs: ['10.244.0.0/16'] } }),
    end: (client) => patchProxy(client, { cluster: { podCIDRs: ['192.168.0.0/16'] } }),
  },
  {
    type: 'ClusterFacts',
    reason: 'ServiceRangeContradicted',
    object: 'EgressProxy egress-proxy/squid',
    make: (client) => patchProxy(client, { cluster: { serviceCIDRs: ['192.0.2.0/24'] } }),
    end: (client) => patchProxy(client, { cluster: { serviceCIDRs: null } }),
  },
  {
    type: 'TrustBundle',
    reason: 'Invalid',
    object: 'EgressProxy egress-proxy/squid',
    make: (client) => patchProxy(client, { trustBundle: { configMapRef: { name: 'not-there' } } }),
    end: (client) => patchProxy(client, { trustBundle: null }),
  },
  {
    type: 'UpstreamsHealthy',
    reason: 'NoReadyReplica',
    object: 'EgressProxy egress-proxy/with-parent',
    make: (client) =>
      createProxy(client, 'egress-proxy', 'with-parent', {
        upstreams: [{ name: 'parent', host: 'parent.example.com', port: 3128 }],
      }),
  },
  {
    type: 'Enforced',
    reason: 'ProbeInconclusive',
    object: 'EgressProxy egress-proxy/unprobed',
    make: (client) => createProxy(client, 'egress-proxy', 'unprobed', {}),
  },
  {
    type: 'Programmed',
    reason: 'RightsMissing',
    object: 'EgressProxy elsewhere/squid',
    make: async (client) => {
      await createNamespace(client, 'elsewhere');
      await createProxy(client, 'elsewhere', 'squid', {});
    },
  },
  {
    type: 'Accepted',
    reason: 'Invalid',
    object: rules('unreadable'),
    make: (client) => createRules(client, 'unreadable', { targets: ['https://d.example.com/'] }),
    end: (client) =>
      client.patch(
        resources.egressRuleSets,
        { namespace: 'unreadable', name: 'rules' },
        { spec: { targets: ['d.example.com:443'] } },
      ),
  },
  {
    type: 'Accepted',
    reason: 'TargetGroupNotFound',
    object: rules('groupless'),
    make: (client) =>
      createRules(client, 'groupless', { targets: ['d.example.com:443'], targetGroups: ['not-there'] }),
  },
  {
    type: 'Programmed',
    reason: 'NotServed',
    object: rules('left-out'),
    make: (client) => createRules(client, 'left-out', { targets: ['d.example.com:443'] }, {}),
  },
  {
    type: 'DirectTargets',
    reason: 'LeftOut',
    object: rules('direct'),
    make: (client) =>
      createRules(client, 'direct', {
        targets: [],
        directTargets: [{ cidr: '198.51.100.0/24', port: 5432 }],
      }),
  },
  {
    type: 'Injected',
    reason: 'PodsNotInjected',
    object: activity('before'),
    make: async (client) => {
      await createNamespace(client, 'before', enforced);
      await runPod(client, { namespace: 'before', name: 'old' });
    },
    end: (client) =>
      client.delete(resources.pods, { namespace: 'before', name: 'old' }, { gracePeriodSeconds: 0 }),
  },
  {
    type: 'PodsOnOldProxy',
    reason: 'PodsOnOldProxy',
    object: activity('moved'),
    make: async (client) => {
      await createNamespace(client, 'moved', enforced);
      await runInjected(client, 'moved', {});
    },
  },
  {
    type: 'PodsOlderThanServices',
    reason: 'PodsOlderThanServices',
    object: activity('services'),
    make: async (client) => {
      await createNamespace(client, 'services', enforced);
      await runInjected(client, 'services', {}, '.svc,cart');
      const metadata = { name: 'catalog', namespace: 'services' };
      await client.create(resources.services, { metadata, spec: { ports: [{ port: 80 }] } });
    },
    end: (client) => client.delete(resources.services, { namespace: 'services', name: 'catalog' }),
  },
  {
    type: 'AliasesLead',
    reason: 'StaleAlias',
    object: activity('aliases'),
    make: async (client) => {
      await createNamespace(client, 'aliases', enforced);
      await runInjected(client, 'aliases', { aliasAddress: '192.0.2.1' });
    },
  },
  {
    type: 'NameserverUsed',
    reason: 'Pending',
    object: activity('names'),
    make: async (client) => {
      await createNamespace(client, 'names', enforced);
      const annotations = { [annotation.dns]: 'cluster-only' };
      await client.patch(resources.namespaces, { name: 'names' }, { metadata: { annotations } });
    },
  },
  {
    type: 'WideningPolicyPresent',
    reason: 'WideningPolicyPresent',
    object: activity('widened'),
    make: async (client) => {
      await createNamespace(client, 'widened', enforced);
      const policy = closingPolicy('widened', 'open');
      await client.create(resources.networkPolicies, { ...policy, spec: { ...policy.spec, egress: [{}] } });
    },
    end: (client) => client.delete(resources.networkPolicies, { namespace: 'widened', name: 'open' }),
  },
  {
    type: 'PolicyConflict',
    reason: 'Conflict',
    object: activity('taken'),
    make: async (client) => {
      await createNamespace(client, 'taken');
      await client.create(resources.networkPolicies, closingPolicy('taken', NAMESPACE_POLICY));
      await client.patch(resources.namespaces, { name: 'taken' }, { metadata: { labels: enforced } });
    },
  },
];
