import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { API_VERSION, annotation, type EgressProxy, type EgressProxySpec } from '../api/index.ts';
import type { ProxyFacts } from './proxy-facts.ts';
import { renderProxyObjects } from './proxy-objects.ts';

const facts: ProxyFacts = {
  image: 'kube-egress:1',
  productNamespace: 'kube-egress-system',
  servedNamespaces: ['my-app', 'horizons'],
  clientCIDRs: [],
  discovered: {
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/16'],
    nodeCIDRs: ['198.51.100.7/32'],
    apiServer: [{ address: '198.51.100.7', port: 6443 }],
  },
  clientDns: false,
  dns: {
    services: [
      {
        namespace: 'kube-system',
        podSelector: { 'k8s-app': 'kube-dns' },
        ports: [{ protocol: 'UDP', port: 53 }],
      },
    ],
    nodeLocal: [],
  },
  upstreamAddresses: [],
  upstreamAuthorities: [],
};
const proxyOf = (spec: EgressProxySpec, name = 'squid', namespace = 'egress-proxy'): EgressProxy => ({
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: { name, namespace, uid: 'uid-1' },
  spec,
});
const intraProxy = proxyOf(
  {
    upstreams: [{ name: 'int-proxy', host: 'int-proxy.aibang.com', port: 3128 }],
    aliases: ['microsoft.intra.aibang.local'],
    autoscaling: { minReplicas: 3, maxReplicas: 9 },
    service: { type: 'NodePort', nodePort: 30128, annotations: { 'cloud.example/internal': 'true' } },
    drainSeconds: 120,
  },
  'squid-proxy',
  'intra-proxy',
);
const withRecords = proxyOf({
  replicas: 1,
  accessLog: { format: 'combined', persistence: { pvc: { size: '10Gi' }, maxSize: '8Gi' } },
  goAccess: { enabled: true, service: { type: 'NodePort', nodePort: 30789, allowedCIDRs: ['192.0.2.0/24'] } },
});

type Json = Record<string, unknown>;
const deploymentOf = (proxy: EgressProxy, more: Partial<ProxyFacts> = {}) =>
  renderProxyObjects(proxy, { ...facts, ...more }).find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: Json & {
      template: {
        metadata: { annotations: Record<string, string>; labels: Record<string, string> };
        spec: Json & { containers: { volumeMounts: { name: string }[] }[] };
      };
    };
  };

describe('renderProxyObjects', () => {
  it.each([
    [undefined, '256Mi'],
    ['128Mi', '256Mi'],
    ['200M', '382Mi'],
    ['1Gi', '2048Mi'],
    ['1Ti', '2097152Mi'],
  ])('gives the volume of the log twice the maxSize: %s', (maxSize, sizeLimit) => {
    const proxy = proxyOf(maxSize === undefined ? {} : { accessLog: { maxSize } });
    const { volumes } = deploymentOf(proxy).spec.template.spec as Json;
    expect(volumes).toContainEqual({ name: 'run', emptyDir: { sizeLimit } });
  });

  it('adds the closer only with closeRevoked: NET_ADMIN and its socket', () => {
    const { volumes, initContainers } = deploymentOf(proxyOf({ closeRevoked: true, port: 8080 })).spec
      .template.spec as Json as { volumes: { name: string }[]; initContainers: Json[] };
    const [closer, agent] = ['closer', 'agent'].map((name) =>
      initContainers.find((one) => one['name'] === name),
    );
    expect(closer).toMatchObject({ name: 'closer', args: ['--proxy-port=8080'] });
    expect(closer?.['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: false,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    });
    const mount = { name: 'closer', mountPath: '/run/kube-egress-closer' };
    expect(closer?.['volumeMounts']).toEqual([mount]);
    expect(agent?.['volumeMounts']).toContainEqual(mount);
    expect(volumes.map(({ name }) => name)).toContain('closer');
    expect(stringify(renderProxyObjects(proxyOf({}), facts))).not.toMatch(/closer|NET_ADMIN/);
  });

  it('has the gate: restricted, and ended after Squid', () => {
    const { initContainers } = deploymentOf(proxyOf({})).spec.template.spec as Json as {
      initContainers: Json[];
    };
    const gate = initContainers.find(({ name }) => name === 'gate');
    expect(gate).toMatchObject({
      command: ['supervise', 'relay', 'gate', '--socket', '/run/kube-egress/gate.sock', '--port', '31290'],
      restartPolicy: 'Always',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    });
  });

  it.each(['Ignore', 'Report', 'Enforce'] as const)('rolls no pod for tlsServerName: %s', (tlsServerName) => {
    expect(deploymentOf(proxyOf({ tlsServerName, tlsPorts: [8443] }))).toEqual(deploymentOf(proxyOf({})));
  });

  const cases: [string, EgressProxy, ProxyFacts][] = [
    ['default', proxyOf({}), facts],
    [
      'intra-proxy',
      intraProxy,
      {
        ...facts,
        clientCIDRs: ['10.128.0.0/20'],
        upstreamAddresses: [{ address: '10.9.8.7', port: 3128 }],
      },
    ],
    ['records', withRecords, facts],
    [
      'host-path',
      proxyOf({
        accessLog: { format: 'squid', persistence: { hostPath: { path: '/var/log/squid-egress' } } },
      }),
      facts,
    ],
  ];
  it.each(cases)('renders %s', async (name, proxy, found) => {
    const documents = renderProxyObjects(proxy, found).map((object) => stringify(object, { lineWidth: 0 }));
    await expect(documents.join('---\n')).toMatchFileSnapshot(`../../test/goldens/proxy/${name}.yaml`);
  });

  it('does not depend on the order of the namespaces', () => {
    const reversed = { ...facts, servedNamespaces: [...facts.servedNamespaces].reverse() };
    expect(renderProxyObjects(proxyOf({}), reversed)).toEqual(renderProxyObjects(proxyOf({}), facts));
  });

  it('admits no client while it serves no namespace', () => {
    const objects = renderProxyObjects(proxyOf({}), { ...facts, servedNamespaces: [] });
    const ingress = objects.find(({ metadata }) => metadata.name === 'squid-ingress') as unknown as {
      spec: { ingress: { from: { namespaceSelector?: { matchLabels?: object } }[] }[] };
    };
    const peers = ingress.spec.ingress.flatMap(({ from }) =>
      from.flatMap((peer) => peer.namespaceSelector ?? []),
    );
    expect(peers).toEqual([
      { matchLabels: { 'kubernetes.io/metadata.name': 'kube-egress-system' } },
      // For metrics alone.
      { matchLabels: { 'egress.zalando.org/scrape': 'true' } },
    ]);
  });

  it('rolls the Deployment when squid.conf changes, and only then', () => {
    const hash = (spec: EgressProxySpec) =>
      deploymentOf(proxyOf(spec)).spec.template.metadata.annotations[annotation.configHash];
    expect(hash({ privateCIDRs: ['10.0.0.0/8'] })).not.toBe(hash({}));
    expect(hash({ noProxy: ['a'], replicas: 7 })).toBe(hash({}));
  });

  it('rolls the Deployment when the authority of a parent changes, which Squid reads at its start', () => {
    const hash = (...upstreamAuthorities: string[]) =>
      deploymentOf(proxyOf({}), { upstreamAuthorities }).spec.template.metadata.annotations[
        annotation.configHash
      ];
    expect(hash('new')).not.toBe(hash('old'));
    expect(hash('old', '')).not.toBe(hash('', 'old'));
  });

  it.each([
    ['none given', undefined, '100m'],
    ['memory alone', { requests: { memory: '1Gi' } }, '100m'],
    ['a request', { requests: { cpu: '2' } }, '2'],
    ['a limit, which is the request too', { limits: { cpu: '3' } }, undefined],
  ])('requests CPU of Squid, against which the autoscaler measures: %s', (_, resources, cpu) => {
    const scaled = proxyOf({ autoscaling: { maxReplicas: 4 }, ...(resources && { resources }) });
    const { containers } = deploymentOf(scaled).spec.template.spec as unknown as {
      containers: { name: string; resources: { requests?: Record<string, string> } }[];
    };
    expect(containers.find(({ name }) => name === 'squid')?.resources.requests?.['cpu']).toBe(cpu);
  });

  it('leaves the number of replicas to the autoscaler if there is one', () => {
    expect(deploymentOf(intraProxy).spec).not.toHaveProperty('replicas');
    expect(deploymentOf(proxyOf({})).spec).toHaveProperty('replicas', 2);
  });

  it('gives Squid neither the API token nor a credential', () => {
    const upstreams = [{ name: 'a', host: 'a.example', port: 1, credentialsSecretRef: { name: 'secret' } }];
    const [squid] = deploymentOf(proxyOf({ upstreams })).spec.template.spec.containers;
    expect(squid?.volumeMounts.map(({ name }) => name)).toEqual(['run', 'squid']);
  });

  it('grants the time that a drain takes', () => {
    expect(deploymentOf(intraProxy).spec.template.spec).toHaveProperty('terminationGracePeriodSeconds', 140);
  });

  it('owns everything in its namespace, and nothing outside of it', () => {
    for (const { metadata } of renderProxyObjects(intraProxy, facts)) {
      const owners = metadata.ownerReferences?.map(({ uid }) => uid);
      expect(owners).toEqual(metadata.namespace === 'intra-proxy' ? ['uid-1'] : undefined);
      expect(metadata.labels).toMatchObject({ 'egress.zalando.org/owner-proxy': 'intra-proxy.squid-proxy' });
    }
  });
});
