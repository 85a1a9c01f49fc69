import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

interface Probe {
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

interface Container {
  name: string;
  startupProbe?: Probe;
  livenessProbe?: Probe;
}

const MANIFESTS = ['manifests/base/controller', 'manifests/base/webhook', 'manifests/base/dashboard'];
const root = new URL('../../', import.meta.url);

function containersOf(file: string): Container[] {
  return parseAllDocuments(readFileSync(new URL(file, root), 'utf8'))
    .map((document) => document.toJS())
    .filter((object) => object?.kind === 'Deployment')
    .flatMap(({ spec: { template } }) => [
      ...(template.spec.initContainers ?? []),
      ...template.spec.containers,
    ]);
}

const probed = [...MANIFESTS, 'test/goldens/proxy/records']
  .flatMap((file) => containersOf(`${file}.yaml`))
  .filter(({ livenessProbe }) => livenessProbe !== undefined);

test('the components are all there', () => {
  expect(probed.map(({ name }) => name).sort()).toEqual([
    'agent',
    'controller',
    'dashboard',
    'squid',
    'webhook',
  ]);
});

describe('a node without free CPU', () => {
  test.each(probed)('restarts $name only after a minute without an answer', ({ livenessProbe: probe }) => {
    expect(probe).toMatchObject({ periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 });
  });

  test.each(probed.filter(({ startupProbe }) => startupProbe !== undefined))(
    'gives $name three minutes to start',
    ({ startupProbe: { periodSeconds, failureThreshold } = {} }) => {
      expect(Number(periodSeconds) * Number(failureThreshold)).toBeGreaterThanOrEqual(180);
    },
  );
});
