import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { KubeClient } from '../client/client.ts';
import {
  type Exchange,
  refuseStream,
  sendEvents,
  sendJson,
  sendStatus,
  startFaultServer,
} from '../client/fault-server.fixture.ts';
import { type ConfigMap, resources } from '../resources.ts';
import { PerNamespaceReflector } from './per-namespace-reflector.ts';

const map = (namespace: string, name: string) => ({
  metadata: { namespace, name, resourceVersion: '1', labels: { team: namespace } },
});
const waitFor = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 });

/** Each namespace has one object `x`; those of `forbidden` answer 403. */
async function setUp(forbidden: Set<string>) {
  const answer = (exchange: Exchange) => {
    const { path, query, response } = exchange;
    const namespace = /namespaces\/([^/]+)/.exec(path)?.[1] ?? '';
    if (forbidden.has(namespace)) return sendStatus(response, 403, 'Forbidden', 'no');
    if (query.has('sendInitialEvents')) return refuseStream(exchange);
    if (query.has('watch')) return sendEvents(response);
    return sendJson(response, { metadata: { resourceVersion: '1' }, items: [map(namespace, 'x')] });
  };
  const server = await startFaultServer(answer);
  const client = new KubeClient(server.cluster);
  const stop = new AbortController();
  const observe = vi.fn();
  const reflector = new PerNamespaceReflector<ConfigMap>({
    client,
    resource: resources.configMaps,
    log: silentLog,
    indexes: { team: ({ metadata }) => [metadata.labels?.['team'] ?? ''] },
    metrics: { observe, failed: () => {} },
    random: () => 0,
  });
  onTestFinished(async () => {
    stop.abort();
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return { reflector, observe, start: (namespace: string) => reflector.start(namespace, stop.signal) };
}

describe('PerNamespaceReflector', () => {
  test('readers see the namespaces as one, whenever they began to listen', async () => {
    const { reflector, start, observe } = await setUp(new Set());
    const early: string[] = [];
    reflector.subscribe(({ type, object }) => early.push(`${type} ${object.metadata.namespace}`));
    start('a');
    start('a');
    await reflector.listed('a');
    start('b');
    await reflector.listed('b');
    const late: string[] = [];
    reflector.subscribe(({ type, object }) => late.push(`${type} ${object.metadata.namespace}`));
    expect(early).toEqual(['added a', 'added b']);
    expect(late).toEqual(['added a', 'added b']);
    expect(reflector.store.size).toBe(2);
    expect(reflector.store.list()).toHaveLength(2);
    expect(reflector.store.get('b/x')?.metadata.namespace).toBe('b');
    expect(reflector.store.get('c/x')).toBeUndefined();
    expect(reflector.store.byIndex('team', 'a')).toHaveLength(1);
    expect(observe).toHaveBeenCalledTimes(1);
  });

  test('a namespace that must not be read says so, and the others are listed', async () => {
    const forbidden = new Set(['closed']);
    const { reflector, start } = await setUp(forbidden);
    start('closed');
    start('a');
    await reflector.listed('a');
    await waitFor(() => expect(reflector.healthOf('closed')).toMatchObject({ reason: 'PermissionDenied' }));
    expect(reflector.hasListed('closed')).toBe(false);
    expect(reflector.hasListed('a')).toBe(true);
    expect(reflector.hasSynced).toBe(false);
    forbidden.clear();
    await reflector.listed('closed');
    expect(reflector.hasSynced).toBe(true);
  });

  test('a namespace that has ended is empty, and can be started again', async () => {
    const { reflector, start } = await setUp(new Set());
    start('a');
    await reflector.listed('a');
    expect(reflector.isEmpty('a')).toBe(false);
    reflector.end('a');
    expect(reflector.isEmpty('a')).toBe(true);
    expect(reflector.healthOf('a')).toBeUndefined();
    expect(reflector.store.list()).toEqual([]);
    start('a');
    await reflector.listed('a');
    expect(reflector.store.size).toBe(1);
  });

  test('waiting for the list of a namespace ends with its reflector', async () => {
    const { reflector, start } = await setUp(new Set(['closed']));
    start('closed');
    const listed = reflector.listed('closed');
    reflector.end('closed');
    await expect(listed).rejects.toThrow();
  });
});
