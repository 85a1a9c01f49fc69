import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type NamespacePolicyInput, renderNamespacePolicy } from './namespace-policy.ts';

const input: NamespacePolicyInput = {
  namespace: 'my-app',
  proxy: { namespace: 'egress-proxy', name: 'squid', port: 3128 },
  dns: {
    services: [
      {
        namespace: 'kube-system',
        podSelector: { 'k8s-app': 'kube-dns' },
        ports: [
          { protocol: 'UDP', port: 5353 },
          { protocol: 'TCP', port: 5353 },
        ],
      },
      { namespace: 'dns', ports: [{ protocol: 'UDP', port: 53 }], addresses: ['10.0.0.9', 'fd00::9'] },
    ],
    nodeLocal: ['169.254.20.10'],
  },
  apiServer: [
    { address: '10.0.0.2', port: 6443 },
    { address: '10.0.0.1', port: 6443 },
    { address: 'fd00::1', port: 6443 },
  ],
  inClusterTraffic: 'Allow',
};
const golden = (name: string) => `../../test/goldens/enforcement/${name}.yaml`;
const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });

describe('renderNamespacePolicy', () => {
  const cases: Record<string, Partial<NamespacePolicyInput>> = {
    open: {},
    strict: { inClusterTraffic: 'Deny' },
    'strict-with-api-server': { inClusterTraffic: 'Deny', apiServerAllowed: true },
    moved: { inClusterTraffic: 'Deny', formerProxies: [{ namespace: 'old', name: 'proxy', port: 8080 }] },
    'host-network': {
      hostNetwork: { nodeCIDRs: ['192.0.2.10/31', 'fd00:9::1'], ports: [9100, 4317, 9100] },
    },
    'dns-reported': { clientDnsPort: 5353 },
    'dns-closed': { closesDns: true, clientDnsPort: 5353 },
    narrowed: { podSelector: { matchLabels: { app: 'api' } } },
  };
  it.each(Object.entries(cases))('renders a namespace: %s', async (name, change) => {
    await expect(stringify(renderNamespacePolicy({ ...input, ...change }))).toMatchFileSnapshot(golden(name));
  });

  it('does not depend on the order of the facts', () => {
    const expected = renderNamespacePolicy(input);
    fc.assert(
      fc.property(
        shuffled(input.dns.services),
        shuffled(input.dns.services[0]?.ports ?? []),
        shuffled(input.apiServer),
        (services, ports, apiServer) => {
          const reordered = services.map((service) =>
            service.podSelector ? { ...service, ports } : service,
          );
          const dns = { ...input.dns, services: reordered };
          expect(renderNamespacePolicy({ ...input, dns, apiServer })).toEqual(expected);
        },
      ),
    );
  });

  it('opens only the DNS address in strict mode', () => {
    const { egress = [] } = renderNamespacePolicy({ ...input, inClusterTraffic: 'Deny' }).spec;
    const cidrs = egress.flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []));
    expect(cidrs).toEqual(['10.0.0.9/32', 'fd00::9/128', '169.254.20.10/32']);
  });

  it('opens no node in strict mode, nor without ports or nodes', () => {
    const nodes = { nodeCIDRs: ['192.0.2.10/31'], ports: [9100] };
    const rendered = (change: Partial<NamespacePolicyInput>) =>
      JSON.stringify(renderNamespacePolicy({ ...input, ...change }).spec.egress);
    const strict = rendered({ inClusterTraffic: 'Deny', hostNetwork: nodes });
    expect(strict).toBe(rendered({ inClusterTraffic: 'Deny' }));
    for (const lacking of [{ nodeCIDRs: [] }, { ports: [] }, { nodeCIDRs: ['no range'] }])
      expect(rendered({ hostNetwork: { ...nodes, ...lacking } })).toBe(rendered({}));
  });

  it('leaves out a rule whose peers are unknown, since a rule without "to" opens everything', () => {
    const dns = {
      services: [{ namespace: 'dns', ports: [{ protocol: 'UDP' as const, port: 53 }] }],
      nodeLocal: [],
    };
    const { egress = [] } = renderNamespacePolicy({ ...input, dns, apiServer: [] }).spec;
    expect(egress.every(({ to = [] }) => to.length > 0)).toBe(true);
  });
});
