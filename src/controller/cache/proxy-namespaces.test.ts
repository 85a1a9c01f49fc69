import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { EgressProxy } from '../../api/index.ts';
import { BY_NAMESPACE, byNamespace } from '../../cluster/index.ts';
import {
  type Exchange,
  refuseStream,
  sendEvents,
  sendJson,
  sendStatus,
  startFaultServer,
} from '../../kube/client/fault-server.fixture.ts';
import { type Change, KubeClient, Store } from '../../kube/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { ProxyNamespaces } from './proxy-namespaces.ts';
import type { Reflectors } from './reflectors.ts';

const waitFor = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 });

/** A reflector whose changes the test makes. */
function source<T extends { metadata: { name: string; namespace?: string } }>() {
  const store = new Store<T>({ [BY_NAMESPACE]: byNamespace });
  const listeners: ((change: Change<T>) => void)[] = [];
  const notify = (change: Change<T> | undefined) => {
    if (change) for (const listener of listeners) listener(change);
  };
  return {
    store,
    subscribe: (listener: (change: Change<T>) => void) => listeners.push(listener),
    add: (object: T) => notify(store.set(object)),
    remove: (key: string) => notify(store.delete(key)),
  };
}

const proxy = (namespace: string, name = 'squid') => ({ metadata: { name, namespace } }) as EgressProxy;

/** `forbidden`: `namespace/plural`. Every Secret list has one object of the proxy. */
async function setUp({ forbidden = new Set<string>(), hasSecret = false } = {}) {
  const answer = (exchange: Exchange) => {
    const { path, query, response } = exchange;
    const [, namespace = '', plural = ''] = /namespaces\/([^/]+)\/(\w+)/.exec(path) ?? [];
    if (forbidden.has(`${namespace}/${plural}`)) return sendStatus(response, 403, 'Forbidden', 'no');
    if (query.has('sendInitialEvents')) return refuseStream(exchange);
    if (query.has('watch')) return sendEvents(response);
    const secret = { metadata: { name: 's', namespace, resourceVersion: '1' } };
    const items = hasSecret && plural === 'secrets' ? [secret] : [];
    return sendJson(response, { metadata: { resourceVersion: '1' }, items });
  };
  const server = await startFaultServer(answer);
  const client = new KubeClient(server.cluster);
  const stop = new AbortController();
  onTestFinished(async () => {
    stop.abort();
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  const metrics = { observe: () => {}, failed: () => {} };
  const namespaces = new ProxyNamespaces({ client, log: silentLog, metrics });
  const proxies = source<EgressProxy>();
  const all = source<{ metadata: { name: string } }>();
  const listed: string[] = [];
  namespaces.subscribe((namespace) => listed.push(namespace));
  namespaces.follow({ proxies, namespaces: all } as unknown as Reflectors, stop.signal);
  const listedOnce = (namespace: string) =>
    waitFor(() => expect(namespaces.accessTo(namespace)).toEqual({ kind: 'listed' }));
  return { namespaces, proxies, all, listed, server, listedOnce };
}

describe('ProxyNamespaces', () => {
  test('asks for nothing outside the namespaces of EgressProxies', async () => {
    const { proxies, server, listed, listedOnce } = await setUp();
    proxies.add(proxy('a'));
    proxies.add(proxy('a', 'second'));
    await listedOnce('a');
    await waitFor(() => expect(listed).toEqual(['a']));
    expect(server.requests.length).toBeGreaterThan(0);
    expect(server.requests.filter(({ path }) => !path.includes('/namespaces/a/'))).toEqual([]);
  });

  test('names the kinds that it must not list, and waits in no other namespace', async () => {
    const forbidden = new Set(['closed/secrets', 'closed/deployments']);
    const { namespaces, proxies, listed, listedOnce } = await setUp({ forbidden });
    expect(namespaces.accessTo('closed')).toEqual({ kind: 'pending' });
    proxies.add(proxy('closed'));
    proxies.add(proxy('a'));
    await listedOnce('a');
    await waitFor(() =>
      expect(namespaces.accessTo('closed')).toEqual({
        kind: 'forbidden',
        kinds: ['deployments.apps', 'secrets'],
      }),
    );
    forbidden.clear();
    await listedOnce('closed');
    await waitFor(() => expect(listed).toEqual(['a', 'closed']));
  });

  test('ends with the last EgressProxy of a namespace', async () => {
    const { namespaces, proxies, listedOnce } = await setUp();
    proxies.add(proxy('a'));
    proxies.add(proxy('a', 'second'));
    await listedOnce('a');
    proxies.remove('a/squid');
    expect(namespaces.accessTo('a').kind).toBe('listed');
    proxies.remove('a/second');
    expect(namespaces.accessTo('a').kind).toBe('pending');
    proxies.add(proxy('a'));
    await listedOnce('a');
  });

  test('stays while objects of a deleted EgressProxy are left, and ends with the namespace', async () => {
    const { namespaces, proxies, all, listedOnce } = await setUp({ hasSecret: true });
    all.add({ metadata: { name: 'a' } });
    proxies.add(proxy('a'));
    await listedOnce('a');
    proxies.remove('a/squid');
    expect(namespaces.accessTo('a').kind).toBe('listed');
    expect(namespaces.kinds.secrets.store.size).toBe(1);
    all.remove('a');
    expect(namespaces.accessTo('a').kind).toBe('pending');
    expect(namespaces.kinds.secrets.store.size).toBe(0);
  });
});
