import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ClusterEgressRuleSet } from '../../src/api/index.ts';
import { podClient, requestTo, snapshotOf } from '../../src/rules/decide/rule-set-index.fixture.ts';
import { type Client, decide, parseAddress } from '../../src/rules/index.ts';

const folder = new URL('../../manifests/examples/system-bootstrapping/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const sets = parseAllDocuments(read('cluster-rule-sets.yaml')).map(
  (document) => document.toJS() as ClusterEgressRuleSet,
);
const snapshot = snapshotOf(sets);

/** `[registry, host]` of each row of the page's table. */
const documented = [...read('image-registries.md').matchAll(/^\| ([^|]+) \| `([^`]+)` \|/gm)].map(
  ([, registry = '', host = '']) => [registry, host] as const,
);

const parsed = parseAddress('10.128.0.7');
if (parsed === undefined) throw new Error('not an address');
const clients: Record<string, Client> = {
  'a pod': podClient(),
  'a node': { kind: 'range', address: parsed },
};

/** What these services documented on 2026-11-28, apart from the page: one host for layers of each. */
const layers = [
  'production.cloudflare.docker.com',
  'production.cloudfront.docker.com',
  'docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com',
  'cdn.quay.io',
  'cdn06.quay.io',
  'pkg-containers.githubusercontent.com',
  'eastus.data.mcr.microsoft.com',
  'prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com',
  'd2glxqk2uabbnd.cloudfront.net',
  'us-east4-docker.pkg.dev',
  'storage.googleapis.com',
];

describe.each(Object.entries(clients))('the example system-bootstrapping allows %s', (_, client) => {
  test.each(documented)('%s: %s', (_registry, host) => {
    expect(decide(requestTo(`${host}:443`, { client }), snapshot).verdict).toBe('allow');
  });

  test.each(layers)('the layers of %s', (host) => {
    expect(decide(requestTo(`${host}:443`, { client }), snapshot).verdict).toBe('allow');
  });

  test.each([
    'prod-evil-starport-layer-bucket.s3.eu-central-1.amazonaws.com',
    'evil.r2.cloudflarestorage.com',
    'evil.cloudfront.net',
    'evil.githubusercontent.com',
    'pastebin.com',
  ])('and not %s', (host) => {
    expect(decide(requestTo(`${host}:443`, { client }), snapshot).verdict).toBe('deny');
  });
});

test('the page names registries and dates', () => {
  expect(new Set(documented.map(([registry]) => registry)).size).toBeGreaterThanOrEqual(8);
  expect(read('image-registries.md').match(/2026-\d\d-\d\d/g)?.length).toBeGreaterThanOrEqual(8);
});
