import { annotation } from '../../../src/api/index.ts';
import type { KubeObject } from '../../../src/kube/index.ts';
import { SHOP } from '../admission/reviews.ts';

/** Objects that are large in one way, as a tenant may write them into its namespace. */
export interface Input {
  name: string;
  objects: readonly KubeObject[];
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const object = (apiVersion: string, kind: string, name: string, rest: object, metadata: object = {}) =>
  ({ apiVersion, kind, metadata: { name, namespace: SHOP, ...metadata }, ...rest }) as KubeObject;
const ruleSet = (name: string, targets: readonly string[], metadata: object = {}) =>
  object('zalando.org/v1', 'EgressRuleSet', name, { spec: { targets } }, metadata);
const policy = (name: string, ingress: readonly object[]) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', name, {
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: ingress }] },
  });
const filling = { filling: 'x'.repeat(250_000) };
/** Names that no cache knows, in a script whose conversion takes long. */
const unicodeHosts = numbers(1000).map(
  (number) => `${'ü'.repeat(30)}${number}.${'ä'.repeat(30)}.example.com:443`,
);
const punycodeHosts = numbers(1000).map(
  (number) => `xn--bcher-kva.x${number}.xn--mnchen-3ya.example.com:443`,
);

/** Each object is near the limit of etcd, 1.5 MB, or of the schema. */
export const inputs: readonly Input[] = [
  { name: 'nothing, for comparison', objects: [] },
  {
    name: 'a rule set of 1,000 IPv6 targets with equal low 64 bits',
    objects: [
      ruleSet(
        'ipv6',
        numbers(1000).map((high) => `[2001:db8:0:${high.toString(16)}::1]:443`),
      ),
    ],
  },
  { name: 'a rule set of 1,000 names with xn-- labels', objects: [ruleSet('punycode', punycodeHosts)] },
  { name: 'a rule set of 1,000 names in Unicode', objects: [ruleSet('unicode', unicodeHosts)] },
  {
    name: '50 rule sets of 1,000 names',
    objects: numbers(50).map((set) =>
      ruleSet(
        `names-${set}`,
        numbers(1000).map((name) => `n${set}-${name}.example.net:443`),
      ),
    ),
  },
  {
    name: 'a rule set with 40,000 labels (1.3 MB)',
    objects: [
      ruleSet('labels', ['a.example.com:443'], {
        labels: Object.fromEntries(numbers(40_000).map((number) => [`key-${number}`, `value-${number}`])),
      }),
    ],
  },
  {
    name: '20 rule sets with 250 KB of annotations',
    objects: numbers(20).map((set) =>
      ruleSet(`filled-${set}`, ['a.example.com:443'], { annotations: filling }),
    ),
  },
  {
    name: 'a pod of 15,000 containers (1.4 MB)',
    objects: [
      object('v1', 'Pod', 'containers', {
        spec: { containers: numbers(15_000).map((number) => ({ name: `c${number}`, image: 'a' })) },
      }),
    ],
  },
  {
    name: 'a pod with 250 KB of no-proxy',
    objects: [
      object(
        'v1',
        'Pod',
        'no-proxy',
        { spec: { containers: [{ name: 'c', image: 'a' }] } },
        {
          annotations: {
            [annotation.noProxy]: numbers(15_000)
              .map((name) => `n${name}.example`)
              .join(','),
          },
        },
      ),
    ],
  },
  {
    name: 'a NetworkPolicy of 40,000 peers (1.3 MB)',
    objects: [
      policy(
        'peers',
        numbers(40_000).map(() => ({ podSelector: {} })),
      ),
    ],
  },
  {
    name: 'a NetworkPolicy with 20 selectors of 1,000 values',
    objects: [
      policy(
        'selectors',
        numbers(20).map((key) => ({
          podSelector: {
            matchExpressions: [
              {
                key: `key-${key}`,
                operator: 'NotIn',
                values: numbers(1000).map((value) => `value-${value}`),
              },
            ],
          },
        })),
      ),
    ],
  },
  {
    name: '500 Services',
    objects: numbers(500).map((number) =>
      object('v1', 'Service', `service-${number}`, { spec: { clusterIP: 'None', ports: [{ port: 80 }] } }),
    ),
  },
];
