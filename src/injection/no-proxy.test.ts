import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeClusterNoProxy,
  computeNoProxy,
  NAMESPACES_CAP,
  NO_PROXY_CAP,
  type NoProxyInput,
  shortestFirst,
} from './no-proxy.ts';

const nothing: NoProxyInput = {
  discovered: undefined,
  proxyExtras: [],
  annotations: [],
  peers: [],
  serviceNames: [],
  headlessNames: [],
  namespaceNames: [],
  needed: new Set(),
};
const entries = (input: Partial<NoProxyInput>) => computeNoProxy({ ...nothing, ...input }).value.split(',');
const leftOut = (input: Partial<NoProxyInput>) => computeNoProxy({ ...nothing, ...input }).leftOut;

describe('computeNoProxy', () => {
  it('knows the cluster’s own names before anything was found out', () => {
    expect(computeClusterNoProxy(undefined, []).value).toBe(
      '.cluster.local,.svc,.svc.cluster.local,127.0.0.1,::1,localhost',
    );
  });

  it('takes ranges of several families, the API server and the cluster domain as found', () => {
    const discovered = {
      clusterDomain: 'corp.internal',
      podCIDRs: ['10.244.0.0/16', 'fd00:10::/56'],
      serviceCIDRs: ['10.96.0.0/12', 'fd00:20::/112'],
      apiServer: [{ address: '192.0.2.10', port: 6443 }],
      apiServerClusterIPs: ['10.96.0.1', 'fd00:20::1'],
    };
    expect(entries({ discovered })).toEqual(
      [
        '.cluster.local',
        '.corp.internal',
        '.svc',
        '.svc.cluster.local',
        '.svc.corp.internal',
        '10.244.0.0/16',
        '10.96.0.0/12',
        '10.96.0.1',
        '127.0.0.1',
        '192.0.2.10',
        '::1',
        'fd00:10::/56',
        'fd00:20::/112',
        'fd00:20::1',
        'localhost',
      ].sort(),
    );
  });

  it('joins the extras of proxy and namespace, once each, whatever their case and spaces', () => {
    const value = entries({
      proxyExtras: ['Intra.example.com', '.corp.example'],
      annotations: [' .corp.example, intra.example.com ,,203.0.113.7', undefined],
    });
    expect(value.filter((entry) => /example|203/.test(entry))).toEqual([
      '.corp.example',
      '203.0.113.7',
      'intra.example.com',
    ]);
  });

  it('adds the bare names of the namespace’s Services', () => {
    expect(entries({ serviceNames: ['redis', 'api-v2'] })).toEqual(
      expect.arrayContaining(['api-v2', 'redis']),
    );
  });

  it('adds the names below a headless Service, which some clients do not match with its bare name', () => {
    const value = entries({ serviceNames: ['redis', 'web'], headlessNames: ['web'] });
    expect(value.filter((entry) => /redis|web/.test(entry))).toEqual(['.web', 'redis', 'web']);
  });

  it('adds nothing below a headless Service whose name a rule needs, and lists the name once', () => {
    const input = { serviceNames: ['dev'], headlessNames: ['dev'], needed: new Set(['dev']) };
    expect(entries(input).filter((entry) => /dev/.test(entry))).toEqual([]);
    expect(leftOut(input)).toEqual([{ entry: 'dev', reason: 'NeededByRule' }]);
  });

  it('gives Java no pattern of its own for the subdomain of a pod that a rule needs', () => {
    const input = { peers: ['.dev', 'dev'], needed: new Set(['dev']) };
    expect(computeNoProxy({ ...nothing, ...input }).exactNames).toEqual(['dev']);
  });

  const suffixes: { name: string; needed: string[]; isIn: boolean }[] = [
    { name: 'dev', needed: [], isIn: true },
    { name: 'dev', needed: ['com', 'org'], isIn: true },
    { name: 'dev', needed: ['dev'], isIn: false },
    { name: 'corp', needed: ['corp'], isIn: false },
    { name: 'app', needed: ['*'], isIn: false },
    { name: 'ck', needed: ['*'], isIn: false },
    { name: 'redis', needed: ['*', 'com'], isIn: true },
  ];
  it.each(suffixes)(
    'with rules for $needed, a Service or namespace $name: in is $isIn',
    ({ name, needed, isIn }) => {
      const input = { needed: new Set(needed) };
      expect(entries({ ...input, serviceNames: [name] }).includes(name)).toBe(isIn);
      expect(entries({ ...input, namespaceNames: [name] }).includes(`.${name}`)).toBe(isIn);
      const reason = 'NeededByRule';
      expect(leftOut({ ...input, serviceNames: [name] })).toEqual(isIn ? [] : [{ entry: name, reason }]);
      expect(computeNoProxy({ ...nothing, ...input, serviceNames: [name] }).exactNames).toEqual(
        isIn ? [] : [name],
      );
    },
  );

  it('keeps what the operator and the annotations name, whatever the rules need', () => {
    const input = { proxyExtras: ['.dev'], annotations: ['app'], needed: new Set(['*', 'dev', 'app']) };
    expect(entries(input)).toEqual(expect.arrayContaining(['.dev', 'app']));
  });

  it('names namespaces as suffixes: pods reach their Services by service.namespace', () => {
    const { value, namespaceEntries } = computeNoProxy({ ...nothing, namespaceNames: ['other', 'svc'] });
    expect(value.split(',')).toEqual(expect.arrayContaining(['.other', '.svc']));
    expect([...namespaceEntries]).toEqual(['.other']);
  });

  it('gives names of namespaces 4 KiB at most, the shortest first, and lists none that is left out', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `team-number-${index}`);
    const namespaceNames = shortestFirst(names.toReversed());
    const { value, leftOut, namespaceEntries } = computeNoProxy({ ...nothing, namespaceNames });
    expect(leftOut).toEqual([]);
    expect(namespaceEntries).toContain('.team-number-0');
    expect([...namespaceEntries].join(',').length).toBeLessThanOrEqual(NAMESPACES_CAP);
    expect(value.length).toBeGreaterThan(NAMESPACES_CAP);
  });

  it('prefers the namespace’s own Services to names of other namespaces', () => {
    const serviceNames = Array.from({ length: 2000 }, (_, index) => `service-number-${index}`);
    const { namespaceEntries } = computeNoProxy({
      ...nothing,
      serviceNames,
      namespaceNames: ['longer-than-room'],
    });
    expect(namespaceEntries.size).toBe(0);
  });

  const refused: { what: string; entry: string; reason: string }[] = [
    { what: 'everything', entry: '*', reason: 'Wildcard' },
    { what: 'everything, as a suffix', entry: '.', reason: 'Wildcard' },
    { what: 'the whole address space', entry: '0.0.0.0/0', reason: 'Wildcard' },
    { what: 'the metadata address', entry: '169.254.169.254', reason: 'LinkLocal' },
    { what: 'a range around it', entry: '169.0.0.0/8', reason: 'LinkLocal' },
    { what: 'it as IPv6', entry: '::ffff:169.254.169.254', reason: 'LinkLocal' },
    { what: 'a link-local IPv6 range', entry: 'fe80::/64', reason: 'LinkLocal' },
    { what: 'what Kubernetes would expand', entry: '$(host_ip)', reason: 'Malformed' },
    { what: 'a space', entry: 'a b', reason: 'Malformed' },
    { what: 'an IPv6 address with a port', entry: '[fd00::1]:8080', reason: 'Malformed' },
    { what: 'a port that is no number', entry: 'api:http', reason: 'Malformed' },
    { what: 'a port out of range', entry: 'api:65536', reason: 'Malformed' },
    { what: 'a prefix out of range', entry: '10.0.0.0/33', reason: 'Malformed' },
    { what: 'an address that is none', entry: '1.2.3.999', reason: 'Malformed' },
  ];
  it.each(refused)('leaves out $what asked for by a namespace', ({ entry, reason }) => {
    expect(leftOut({ annotations: [entry] })).toEqual([{ entry, reason }]);
  });

  it('lets the operator open link-local addresses', () => {
    expect(entries({ proxyExtras: ['169.254.169.254'], annotations: ['169.254.169.254'] })).toContain(
      '169.254.169.254',
    );
  });

  it('prefers the name of each Service to names below headless ones', () => {
    const serviceNames = Array.from({ length: 800 }, (_, index) => `service-number-${index}`);
    const { value, leftOut } = computeNoProxy({ ...nothing, serviceNames, headlessNames: serviceNames });
    expect(value.split(',')).toEqual(expect.arrayContaining(serviceNames));
    expect(leftOut.length).toBeGreaterThan(0);
    expect(leftOut.filter(({ entry }) => !entry.startsWith('.'))).toEqual([]);
  });

  it('keeps under 16 KiB with the cluster’s own entries first', () => {
    const serviceNames = Array.from({ length: 2000 }, (_, index) => `service-number-${index}`);
    const { value, leftOut } = computeNoProxy({ ...nothing, serviceNames });
    expect(value.length).toBeLessThanOrEqual(NO_PROXY_CAP);
    expect(value.split(',')).toContain('.svc.cluster.local');
    expect(leftOut.length + value.split(',').length).toBe(2000 + 6);
    expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(new Set(['TooLong']));
  });

  it('reads no more of an annotation than could fit, and names what it left out in one line', () => {
    const annotation = Array.from({ length: 40_000 }, (_, at) => `::${at.toString(16)}`).join(',');
    const { value, leftOut } = computeNoProxy({ ...nothing, annotations: [annotation, 'own.example'] });
    expect(value.split(',').filter((entry) => entry.startsWith('::'))).toHaveLength(256);
    expect(value.split(',')).toContain('own.example');
    expect(leftOut).toEqual([
      { entry: 'egress.zalando.org/no-proxy after its first 256 entries', reason: 'TooLong' },
    ]);
  });

  it('writes the user’s entries in the form that all clients understand', () => {
    const annotations = ['*.corp.example,intra.example.com.,[fd00::1],[fd00:1::]/48'];
    expect(entries({ annotations })).toEqual(
      expect.arrayContaining(['.corp.example', 'intra.example.com', 'fd00::1', 'fd00:1::/48']),
    );
  });

  it('does not depend on the order of Services', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)), (names) => {
        const forth = computeNoProxy({ ...nothing, serviceNames: names });
        expect(computeNoProxy({ ...nothing, serviceNames: names.toReversed() })).toEqual(forth);
      }),
    );
  });
});
