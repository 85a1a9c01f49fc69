import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Pod } from './pod.ts';
import { peersOf } from './pod-peers.ts';

const hasNamespace = (name: string) => ['other', 'monitoring', 'shop'].includes(name);
const podOf = (container: Partial<Container>): Pod => ({
  spec: { containers: [{ name: 'app', ...container }] },
});
const podWith = (value: string, name = 'X') => podOf({ env: [{ name, value }] });

describe('peersOf', () => {
  const values: { value: string; peers: string[] }[] = [
    { value: 'catalog:8080', peers: ['catalog'] },
    { value: 'http://catalog:8080', peers: ['catalog'] },
    { value: 'http://catalog', peers: ['catalog'] },
    { value: 'https://Catalog/v1?x=1#y', peers: ['catalog'] },
    { value: 'redis://cache', peers: ['cache'] },
    { value: 'amqp://user:pass:word@rabbit:5672/vhost', peers: ['rabbit'] },
    { value: 'jdbc:postgresql://db:5432/app', peers: ['db'] },
    {
      value: 'kafka-0.kafka.other:9092,kafka-1.kafka.other:9092',
      peers: ['kafka-0.kafka.other', 'kafka-1.kafka.other'],
    },
    { value: 'a:1;b:2|c:3', peers: ['a', 'b', 'c'] },
    { value: '{"url":"http://catalog:8080"}', peers: ['catalog'] },
    { value: 'web.other:8080', peers: ['web.other'] },
    { value: 'http://web.unknown:8080', peers: [] },
    { value: 'http://web.shop:8080', peers: [] },
    { value: 'api.example.com:443', peers: [] },
    { value: 'https://api.example.com', peers: [] },
    { value: 'http://web.other.svc:80', peers: [] },
    { value: 'a.b.c.other:80', peers: [] },
    { value: '192.0.2.7:80', peers: [] },
    { value: 'http://[::1]:80', peers: [] },
    { value: 'localhost:8080', peers: [] },
    { value: 'http://localhost', peers: [] },
    { value: 'catalog', peers: [] },
    { value: 'catalog:http', peers: [] },
    { value: 'catalog:0', peers: [] },
    { value: '*:80', peers: [] },
    { value: ':8080', peers: [] },
    { value: 'http://$(CATALOG_HOST):8080', peers: [] },
    { value: 'a_b:80 -a:80 a-:80', peers: [] },
    { value: '', peers: [] },
  ];
  it.each(values)('$value: $peers', ({ value, peers }) => {
    expect(peersOf(podWith(value), hasNamespace)).toEqual(peers);
  });

  const variables: { name: string; value: string; peers: string[] }[] = [
    { name: 'REDIS_HOST', value: 'cache', peers: ['cache'] },
    { name: 'payment_service', value: 'payment', peers: ['payment'] },
    { name: 'LOG_LEVEL', value: 'debug', peers: [] },
    { name: 'HOSTNAME', value: 'app-0', peers: [] },
    { name: 'HTTP_PROXY', value: 'http://proxy:3128', peers: [] },
    { name: 'no_proxy', value: 'api:8080', peers: [] },
  ];
  it.each(variables)('$name=$value: $peers', ({ name, value, peers }) => {
    expect(peersOf(podWith(value, name), hasNamespace)).toEqual(peers);
  });

  it('reads args, command, init containers and the subdomain, and no value from elsewhere', () => {
    const pod: Pod = {
      spec: {
        subdomain: 'headless',
        containers: [{ name: 'app', command: ['run', '--upstream=http://a:80'], args: ['-b', 'b:80'] }],
        initContainers: [
          { name: 'init', env: [{ name: 'X', valueFrom: { secretKeyRef: {} } }], args: ['c:80'] },
        ],
      },
    };
    expect(peersOf(pod, hasNamespace)).toEqual(['.headless', 'a', 'b', 'c', 'headless']);
  });

  it('reads no more than 32 KiB, and finds no more than 32', () => {
    const far = podOf({ args: ['1:1 '.repeat(10_000), 'late:80'] });
    expect(peersOf(far, hasNamespace)).toEqual([]);
    expect(peersOf(podOf({ args: ['1:1 '.repeat(5_000), 'near:80'] }), hasNamespace)).toEqual(['near']);
    const many = Array.from({ length: 1000 }, (_, index) => `s${index}:80`);
    expect(peersOf(podOf({ args: many }), hasNamespace)).toHaveLength(32);
  });

  it('never finds a public name or an address, whatever the texts are', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.domain(),
      fc.ipV4(),
      fc.string({ unit: fc.constantFrom(...'ab.:/@-09 ,=') }),
      fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, number]) => `${name}:${number}`),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.array(text, { maxLength: 4 }), (args, values) => {
        const env = values.map((value) => ({ name: 'A_HOST', value }));
        for (const peer of peersOf(podOf({ args, env }), hasNamespace))
          expect(peer).toMatch(/^[a-z][a-z0-9-]*$|\.(?:other|monitoring)$/);
      }),
    );
  });
});
