import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nonProxyHosts } from './java-non-proxy-hosts.ts';
import { neededSuffixes, suffixesOf } from './needed-suffixes.ts';
import { computeNoProxy } from './no-proxy.ts';

/** Few labels, some of which are top-level domains, so that Services, namespaces and targets share them. */
const label = fc.constantFrom('dev', 'app', 'shop', 'web', 'api', 'redis', 'com', 'corp');
const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
const target = host.chain((name) => fc.constantFrom(`${name}:443`, `*.${name}:443`));
const names = fc.uniqueArray(label, { maxLength: 5 });

const proxy = {
  apiVersion: 'zalando.org/v1',
  kind: 'EgressProxy',
  metadata: { name: 'squid', namespace: 'p' },
  spec: {},
} as const;

/** A host that the target allows. */
const hostOf = (text: string) => text.replace(/^\*/, 'any').replace(/:443$/, '');
const matchesSuffix = (name: string, entry: string) =>
  name === entry || name.endsWith(entry.startsWith('.') ? entry : `.${entry}`);
const matchesPattern = (name: string, pattern: string) =>
  pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : name === pattern;

test('no Service, namespace or peer takes what a rule allows past the proxy', () => {
  fc.assert(
    fc.property(fc.array(target), names, names, names, (targets, services, namespaces, peers) => {
      const needed = neededSuffixes({
        ruleSets: [{ suffixes: suffixesOf(targets), targetGroups: [] }],
        clusterRuleSets: [],
        suffixesOfGroup: () => [],
        namespaceLabels: {},
        proxy,
      });
      const noProxy = computeNoProxy({
        discovered: undefined,
        proxyExtras: [],
        annotations: [],
        peers,
        serviceNames: services,
        headlessNames: services.slice(1),
        namespaceNames: namespaces,
        needed,
      });
      const patterns = nonProxyHosts(noProxy, Number.POSITIVE_INFINITY).split('|');
      for (const name of targets.map(hostOf)) {
        expect(noProxy.value.split(',').filter((entry) => matchesSuffix(name, entry))).toEqual([]);
        expect(patterns.filter((pattern) => matchesPattern(name, pattern))).toEqual([]);
      }
      // What no rule needs is reached directly.
      const kept = new Set([...noProxy.value.split(','), ...noProxy.exactNames]);
      expect([...services, ...peers].filter((name) => !kept.has(name))).toEqual([]);
    }),
  );
});
