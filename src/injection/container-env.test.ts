import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addVariables, type Variable } from './container-env.ts';
import type { EnvVar } from './pod.ts';

const url = 'http://squid.egress-proxy.svc.cluster.local:3128';
const http: Variable = [
  { name: 'HTTP_PROXY', value: url },
  { name: 'http_proxy', value: url },
];
const node: Variable = [{ name: 'NODE_USE_ENV_PROXY', value: '1' }];
const secret = { secretKeyRef: { name: 'proxy', key: 'url' } };

describe('addVariables', () => {
  const cases: { name: string; env: EnvVar[] | undefined; expected: EnvVar[] }[] = [
    { name: 'no env at all', env: undefined, expected: [...http, ...node] },
    {
      name: 'entries of the user: ours first',
      env: [{ name: 'PROXY', value: '$(HTTP_PROXY)' }],
      expected: [...http, ...node, { name: 'PROXY', value: '$(HTTP_PROXY)' }],
    },
    {
      name: 'upper case set: the twin follows directly',
      env: [
        { name: 'HTTP_PROXY', value: 'http://mine:1' },
        { name: 'LAST', value: 'x' },
      ],
      expected: [
        ...node,
        { name: 'HTTP_PROXY', value: 'http://mine:1' },
        { name: 'http_proxy', value: 'http://mine:1' },
        { name: 'LAST', value: 'x' },
      ],
    },
    {
      name: 'lower case set by valueFrom: the twin takes the source',
      env: [{ name: 'http_proxy', valueFrom: secret }],
      expected: [
        ...node,
        { name: 'http_proxy', valueFrom: secret },
        { name: 'HTTP_PROXY', valueFrom: secret },
      ],
    },
    {
      name: 'set empty: the user wants no proxy',
      env: [{ name: 'HTTP_PROXY', value: '' }],
      expected: [...node, { name: 'HTTP_PROXY', value: '' }, { name: 'http_proxy', value: '' }],
    },
    {
      name: 'set twice: the last counts, as for the kubelet',
      env: [
        { name: 'HTTP_PROXY', value: 'http://a:1' },
        { name: 'HTTP_PROXY', value: 'http://b:1' },
      ],
      expected: [
        ...node,
        { name: 'HTTP_PROXY', value: 'http://a:1' },
        { name: 'HTTP_PROXY', value: 'http://b:1' },
        { name: 'http_proxy', value: 'http://b:1' },
      ],
    },
  ];
  it.each(cases)('$name', ({ env, expected }) => {
    expect(addVariables(env, [http, node])).toEqual(expected);
  });

  it('gives back the same list when both spellings are the user’s', () => {
    const env = [
      { name: 'HTTP_PROXY', value: 'http://a:1' },
      { name: 'http_proxy', value: 'http://b:1' },
    ];
    expect(addVariables(env, [http])).toBe(env);
  });

  const entry = fc.record({
    name: fc.constantFrom('HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY', 'PATH', 'A'),
    value: fc.string({ maxLength: 4 }),
  });
  it('adds nothing the second time, and keeps every entry in its order', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (env) => {
        const once = addVariables(env, [http, node]) ?? [];
        expect(addVariables(once, [http, node])).toBe(once);
        expect(once.filter((item) => env.some((old) => old === item))).toEqual(env);
      }),
    );
  });

  it('leaves both spellings with one value where the user set one of them', () => {
    fc.assert(
      fc.property(fc.constantFrom('HTTP_PROXY', 'http_proxy'), fc.string(), (name, value) => {
        const env = addVariables([{ name, value }], [http]) ?? [];
        expect(env.map((item) => item.value)).toEqual([value, value]);
      }),
    );
  });
});
