import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import { systemClock } from '../../time/index.ts';
import { KubeClient } from '../client/client.ts';
import {
  type Exchange,
  refuseStream,
  sendEvents,
  sendJson,
  sendStatus,
  startFaultServer,
} from '../client/fault-server.fixture.ts';
import { type Pod, resources } from '../resources.ts';
import type { ReflectorOptions } from './reflector.ts';
import { Reflector } from './reflector.ts';
import type { Change } from './store.ts';

const pod = (name: string, resourceVersion: string, labels: Record<string, string> = {}) => ({
  metadata: { namespace: 'shop', name, resourceVersion, labels },
});
const added = (object: object) => ({ type: 'ADDED', object });
const modified = (object: object) => ({ type: 'MODIFIED', object });
const deleted = (object: object) => ({ type: 'DELETED', object });
const bookmark = (resourceVersion: string) => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion } },
});
const list = (resourceVersion: string, ...items: object[]) => ({ metadata: { resourceVersion }, items });

/** Long: undici looks only twice a second whether a watch has been silent for too long. */
const waitFor = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 30_000, interval: 10 });

type Answers = ((exchange: Exchange) => void)[];
type Call = 'streams' | 'lists' | 'watches' | 'latest';

/** How old the newest state is, is asked by a list of one object. */
const callOf = ({ query }: Exchange): Call => {
  if (query.has('sendInitialEvents')) return 'streams';
  if (query.has('watch')) return 'watches';
  return query.get('limit') === '1' ? 'latest' : 'lists';
};

/**
 * A server whose lists and watches are scripted: the n-th call is given to the n-th function, the last one stays. `latest`:
 * what the newest state is, by default a late one. `streams`: watches that begin with what exists, by default refused.
 */
async function follow(
  {
    streams = [refuseStream],
    lists: listed = [],
    watches: watched = [],
    latest = [({ response }) => sendJson(response, list('1000'))],
  }: Partial<Record<Call, Answers>>,
  options: Partial<ReflectorOptions<Pod>> = {},
) {
  const script = { streams, lists: listed, watches: watched, latest };
  const calls = { streams: 0, lists: 0, watches: 0, latest: 0 };
  const server = await startFaultServer((exchange) => {
    const kind = callOf(exchange);
    const turn = Math.min(calls[kind], script[kind].length - 1);
    calls[kind] += 1;
    script[kind][turn]?.(exchange);
  });
  const client = new KubeClient(server.cluster);
  const clock = new FakeClock();
  const warn = vi.fn();
  const error = vi.fn();
  const log = { ...silentLog, warn, error };
  const reflector = new Reflector<Pod>({
    client,
    resource: resources.pods,
    log,
    clock,
    random: () => 0.5,
    ...options,
  });
  const changes: string[] = [];
  const describeChange = ({ type, object }: Change<Pod>) => `${type} ${object.metadata.name}`;
  reflector.subscribe((change) => changes.push(describeChange(change)));
  const stop = new AbortController();
  const ended = reflector.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await ended;
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  const watches = () => server.requests.filter((exchange) => callOf(exchange) === 'watches');
  const lists = () => server.requests.filter((exchange) => callOf(exchange) === 'lists');
  /** Lets back-offs pass until it holds. */
  const until = (holds: () => boolean) =>
    waitFor(async () => {
      await clock.advance(30_000);
      expect(holds()).toBe(true);
    });
  return { reflector, changes, clock, server, warn, error, stop, ended, watches, lists, until };
}

const open = ({ response }: Exchange) => sendEvents(response);
const names = (reflector: Reflector<Pod>) => reflector.store.list().map(({ metadata }) => metadata.name);

const end = (resourceVersion: string) => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } },
});

describe('Reflector, from an API server that begins a watch with what exists', () => {
  it('takes what exists and what changes from one watch, and asks for no list', async () => {
    const { reflector, changes, server } = await follow({
      streams: [
        ({ response }) =>
          sendEvents(response, added(pod('a', '1')), added(pod('b', '2')), end('5'), deleted(pod('a', '6'))),
      ],
    });
    await waitFor(() => expect(changes).toEqual(['added a', 'added b', 'deleted a']));
    expect(names(reflector)).toEqual(['b']);
    expect(reflector.health).toEqual({ ok: true });
    expect(server.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      {
        watch: 'true',
        allowWatchBookmarks: 'true',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        timeoutSeconds: '450',
      },
    ]);
  });

  it('stores nothing and is not synced before the end of what exists', async () => {
    let send = (..._events: object[]) => {};
    const { reflector, changes } = await follow({
      streams: [
        ({ response }) => {
          send = (...events) => sendEvents(response, ...events);
          send(
            added(pod('a', '1')),
            bookmark('4'),
            modified(pod('a', '3')),
            added(pod('b', '2')),
            deleted(pod('b', '4')),
          );
        },
      ],
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([changes, reflector.hasSynced, reflector.health.ok]).toEqual([[], false, false]);
    send(end('5'));
    await waitFor(() => expect(reflector.hasSynced).toBe(true));
    expect([changes, reflector.store.get('shop/a')?.metadata.resourceVersion]).toEqual([['added a'], '3']);
  });

  it('keeps what it knows when a watch ends before all of it was sent, and begins again', async () => {
    const { reflector, changes, until } = await follow({
      streams: [
        ({ response }) => {
          sendEvents(response, added(pod('a', '1')), added(pod('b', '2')), end('5'));
          response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`);
        },
        ({ response }) => {
          sendEvents(response, added(pod('b', '2')));
          response.end();
        },
        ({ response }) => sendEvents(response, added(pod('b', '2')), added(pod('c', '7')), end('8')),
      ],
    });
    await until(() => names(reflector).includes('c'));
    expect(changes).toEqual(['added a', 'added b', 'added c', 'deleted a']);
  });

  it('asks for pages from then on when it is refused, without a pause and a warning', async () => {
    const { reflector, server, warn, until } = await follow({
      lists: [({ response }) => sendJson(response, list('5', pod('a', '1')))],
      watches: [({ response }) => sendStatus(response, 410, 'Expired', 'too old'), open],
    });
    await until(() => server.requests.length === 5);
    expect(server.requests.map(callOf)).toEqual(['streams', 'lists', 'watches', 'lists', 'watches']);
    expect([names(reflector), warn.mock.calls]).toEqual([['a'], []]);
  });
});

describe('Reflector', () => {
  it('lists, then watches from there with bookmarks', async () => {
    const { reflector, changes, watches } = await follow({
      lists: [({ response }) => sendJson(response, list('5', pod('a', '1'), pod('b', '2')))],
      watches: [
        ({ response }) =>
          sendEvents(
            response,
            added(pod('c', '6')),
            modified(pod('a', '7')),
            bookmark('9'),
            deleted(pod('b', '10')),
          ),
      ],
    });
    await waitFor(() => expect(changes).toHaveLength(5));
    expect(changes).toEqual(['added a', 'added b', 'added c', 'modified a', 'deleted b']);
    expect(names(reflector)).toEqual(['a', 'c']);
    expect(Object.fromEntries(watches()[0]?.query ?? [])).toMatchObject({
      resourceVersion: '5',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '450',
    });
  });

  it('is synced after the complete list, not after one page', async () => {
    const { reflector, lists } = await follow({
      lists: [
        ({ response }) =>
          sendJson(response, {
            metadata: { resourceVersion: '5', continue: 'more' },
            items: [pod('a', '1')],
          }),
        () => {},
      ],
      watches: [open],
    });
    await waitFor(() => expect(lists()).toHaveLength(2));
    expect(reflector.hasSynced).toBe(false);
    expect(reflector.store.size).toBe(0);
    expect(reflector.health).toMatchObject({ ok: false, reason: 'Pending' });
    await expect(reflector.synced(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('stores a list in several turns of the event loop where its listeners take long, and is synced after the last', async () => {
    let elapsed = 0;
    const { reflector } = await follow(
      {
        lists: [({ response }) => sendJson(response, list('5', pod('a', '1'), pod('b', '2'), pod('c', '3')))],
        watches: [open],
      },
      { clock: { ...systemClock, monotonic: () => (elapsed += 1000) } },
    );
    const stored: string[] = [];
    reflector.subscribe(() => {
      setImmediate(() => stored.push(`${names(reflector)} ${reflector.hasSynced}`));
    });
    await waitFor(() => expect(stored).toHaveLength(3));
    expect(stored.slice(0, 2)).toEqual(['a false', 'a,b false']);
    expect(names(reflector)).toEqual(['a', 'b', 'c']);
    await waitFor(() => expect(reflector.hasSynced).toBe(true));
  });

  it('follows another selection, and keeps the objects of the old one until the new one is listed', async () => {
    const answered = Promise.withResolvers<void>();
    const { reflector, changes, lists, watches } = await follow(
      {
        lists: [
          ({ response }) => sendJson(response, list('5', pod('a', '1'), pod('both', '2'))),
          async ({ response }) => {
            await answered.promise;
            sendJson(response, list('8', pod('both', '2'), pod('z', '7')));
          },
        ],
        watches: [open],
      },
      { labelSelector: 'app=old' },
    );
    await waitFor(() => expect(watches()).toHaveLength(1));
    const selected = reflector.select({ namespace: 'shop', labelSelector: 'app=new' });
    await waitFor(() => expect(lists()).toHaveLength(2));
    expect(names(reflector)).toEqual(['a', 'both']);
    answered.resolve();
    await selected;
    expect(names(reflector)).toEqual(['both', 'z']);
    expect(changes).toEqual(['added a', 'added both', 'added z', 'deleted a']);
    await waitFor(() => expect(watches()).toHaveLength(2));
    expect(lists().map(({ query }) => query.get('labelSelector'))).toEqual(['app=old', 'app=new']);
    expect(Object.fromEntries(watches()[1]?.query ?? [])).toMatchObject({
      resourceVersion: '8',
      labelSelector: 'app=new',
    });
  });

  it('drops a list of the old selection that arrives late', async () => {
    const late = Promise.withResolvers<void>();
    const { reflector, lists } = await follow({
      lists: [
        async ({ response }) => {
          await late.promise;
          sendJson(response, list('5', pod('old', '1')));
        },
        ({ response }) => sendJson(response, list('6', pod('new', '2'))),
      ],
      watches: [open],
    });
    await waitFor(() => expect(lists()).toHaveLength(1));
    const selected = reflector.select({ labelSelector: 'app=new' });
    late.resolve();
    await selected;
    expect(names(reflector)).toEqual(['new']);
  });

  it('continues from the last bookmark after a watch is dropped', async () => {
    const { reflector, watches, lists, until, warn } = await follow({
      lists: [({ response }) => sendJson(response, list('5', pod('a', '1')))],
      watches: [
        ({ response }) => {
          sendEvents(response, bookmark('8'));
          setImmediate(() => response.destroy());
        },
        ({ response }) => sendEvents(response, added(pod('b', '9'))),
      ],
    });
    await until(() => names(reflector).includes('b'));
    expect(watches()[1]?.query.get('resourceVersion')).toBe('8');
    expect(lists()).toHaveLength(1);
    expect(warn).not.toHaveBeenCalled();
  });

  it('takes a repeated or late event for none, and continues from the newest', async () => {
    const { reflector, changes, watches, until } = await follow({
      lists: [({ response }) => sendJson(response, list('5', pod('a', '5'), pod('b', '4')))],
      watches: [
        ({ response }) => {
          sendEvents(
            response,
            modified(pod('a', '9', { version: '9' })),
            modified(pod('a', '7', { version: '7' })),
            modified(pod('a', '9', { version: '9' })),
            deleted(pod('a', '8')),
            modified(pod('b', '6')),
          );
          setTimeout(() => response.end(), 50);
        },
        open,
      ],
    });
    await until(() => watches().length === 2);
    expect(changes).toEqual(['added a', 'added b', 'modified a', 'modified b']);
    expect(reflector.store.get('shop/a')?.metadata.labels).toEqual({ version: '9' });
    expect(watches()[1]?.query.get('resourceVersion')).toBe('9');
  });

  it('restarts a watch after a silence (it may be half-open) and stays healthy', async () => {
    const failed = vi.fn();
    const { reflector, until, watches, lists } = await follow(
      {
        lists: [({ response }) => sendJson(response, list('5'))],
        watches: [open, ({ response }) => sendEvents(response, added(pod('late', '9')))],
      },
      { idleTimeoutMs: 50, metrics: { observe() {}, failed } },
    );
    await until(() => names(reflector).includes('late'));
    expect(watches()[1]?.query.get('resourceVersion')).toBe('5');
    expect([lists().length, failed.mock.calls.length]).toEqual([1, 0]);
  });

  const expiries: { name: string; watch: (exchange: Exchange) => void }[] = [
    { name: 'an answer', watch: ({ response }) => sendStatus(response, 410, 'Expired', 'too old') },
    {
      name: 'an event',
      watch: ({ response }) =>
        sendEvents(response, { type: 'ERROR', object: { code: 410, reason: 'Expired' } }),
    },
  ];
  it.each(expiries)('lists again when its version is too old, reported by $name', async ({ watch }) => {
    const { reflector, changes, lists, until } = await follow({
      lists: [
        ({ response }) => sendJson(response, list('5', pod('a', '1'), pod('b', '2'), pod('c', '3'))),
        ({ response }) => sendJson(response, list('50', pod('a', '1'), pod('b', '40'), pod('d', '41'))),
      ],
      watches: [watch, open],
    });
    await until(() => changes.includes('deleted c'));
    expect(changes.slice(3)).toEqual(['modified b', 'added d', 'deleted c']);
    expect(names(reflector)).toEqual(['a', 'b', 'd']);
    expect(lists()).toHaveLength(2);
    expect(lists()[1]?.query.has('resourceVersion')).toBe(false);
  });

  /** Each ends a watch; then it is not known which state the API server has. */
  const breaks: { name: string; watch: (exchange: Exchange) => void }[] = [
    { name: 'a broken connection', watch: ({ response }) => response.destroy() },
    {
      name: 'a refusal of the watch',
      watch: ({ response }) => sendStatus(response, 429, 'TooMany', 'later'),
    },
    { name: 'a silence', watch: open },
    { name: 'an end without an event', watch: ({ response }) => response.writeHead(200).end() },
  ];
  it.each(breaks)('forgets what an older state does not have, after $name', async ({ watch }) => {
    const restored = list('30', pod('a', '20'), pod('b', '25', { content: 'other' }));
    const { reflector, changes, until, lists, watches, warn } = await follow(
      {
        lists: [
          ({ response }) => sendJson(response, list('40', pod('a', '20'), pod('b', '25'), pod('c', '40'))),
          ({ response }) => sendJson(response, restored),
        ],
        watches: [watch, open],
        latest: [({ response }) => sendJson(response, list('30', pod('a', '20')))],
      },
      { idleTimeoutMs: 50 },
    );
    await until(() => names(reflector).join() === 'a,b');
    // An equal version says nothing: it may have been given again, to another content.
    expect(changes.slice(3)).toEqual(['modified a', 'modified b', 'deleted c']);
    expect(reflector.store.get('shop/b')?.metadata.labels).toEqual({ content: 'other' });
    await until(() => watches().at(-1)?.query.get('resourceVersion') === '30');
    expect(lists()).toHaveLength(2);
    expect(warn.mock.calls.filter(([fields]) => fields.ours === '40')).toHaveLength(1);
  });

  it.each(['40', '41', '100', 'opaque'])(
    'keeps its objects when the newest version is %s',
    async (version) => {
      const { until, lists, watches } = await follow({
        lists: [({ response }) => sendJson(response, list('40', pod('a', '20')))],
        watches: [({ response }) => response.destroy(), open],
        latest: [({ response }) => sendJson(response, list(version))],
      });
      await until(() => watches().length === 2);
      expect(watches()[1]?.query.get('resourceVersion')).toBe('40');
      expect(lists()).toHaveLength(1);
    },
  );

  const troubles = [
    { name: 'a missing CRD', status: 404, reason: 'CrdMissing', says: 'does not serve pods' },
    {
      name: 'a missing permission',
      status: 403,
      reason: 'PermissionDenied',
      says: 'permission to list and watch pods is missing',
    },
    { name: 'a server error', status: 500, reason: 'Unreachable', says: '500' },
  ];
  it.each(troubles)('reports $name, logs it once, and retries', async ({ status, reason, says }) => {
    const fails = ({ response }: Exchange) => sendStatus(response, status, 'Reason', 'message');
    const { reflector, until, lists, warn } = await follow({
      lists: [fails, fails, fails, ({ response }) => sendJson(response, list('5', pod('a', '1')))],
      watches: [open],
    });
    await waitFor(() => expect(reflector.health).toMatchObject({ ok: false, reason }));
    await until(() => reflector.health.ok);
    expect(reflector.hasSynced).toBe(true);
    expect(lists()).toHaveLength(4);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.lastCall?.[1]).toContain(says);
  });

  it('is healthy as soon as a watch is accepted, without any event', async () => {
    const { reflector, watches, until } = await follow({
      lists: [({ response }) => sendJson(response, list('5'))],
      watches: [({ response }) => response.destroy(), ({ response }) => response.destroy(), open],
    });
    await until(() => watches().length === 3 && reflector.health.ok);
  });

  it('backs off if every watch is rejected as expired', async () => {
    const { lists, clock, warn } = await follow({
      lists: [({ response }) => sendJson(response, list('5'))],
      watches: [
        ({ response }) => sendEvents(response, { type: 'ERROR', object: { code: 410, reason: 'Expired' } }),
      ],
    });
    const delays: number[] = [];
    for (const listed of [2, 3, 4]) {
      await waitFor(async () => {
        await clock.advance(0);
        expect([lists().length, clock.pending.length]).toEqual([listed, 1]);
      });
      delays.push(clock.pending[0] ?? 0);
      await clock.advance(delays.at(-1) ?? 0);
    }
    expect(delays).toEqual([1200, 2400, 4800]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('logs a forbidden watch once, although the list is allowed', async () => {
    const { watches, until, warn } = await follow({
      lists: [({ response }) => sendJson(response, list('5'))],
      watches: [({ response }) => sendStatus(response, 403, 'Forbidden', 'no watch')],
    });
    await until(() => watches().length === 4);
    expect(warn).toHaveBeenCalledOnce();
  });

  it('waits longer after each failure, up to 10 s', async () => {
    const { clock, lists } = await follow({
      lists: [({ response }) => sendStatus(response, 503, 'ServiceUnavailable', 'starting')],
      watches: [open],
    });
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      await waitFor(() => expect([lists().length, clock.pending.length]).toEqual([attempt, 1]));
      delays.push(clock.pending[0] ?? 0);
      await clock.advance(delays.at(-1) ?? 0);
    }
    expect(delays).toEqual([600, 1200, 2400, 4800, 7500, 7500, 7500]);
  });

  it('keeps its objects while the server is unreachable', async () => {
    const { reflector, server, until, clock } = await follow({
      lists: [({ response }) => sendJson(response, list('5', pod('a', '1')))],
      watches: [open],
    });
    await reflector.synced();
    await waitFor(() => expect(server.requests).toHaveLength(2));
    await server[Symbol.asyncDispose]();
    await until(() => !reflector.health.ok);
    expect(reflector.health).toMatchObject({ reason: 'Unreachable' });
    expect(names(reflector)).toEqual(['a']);
    expect(reflector.hasSynced).toBe(true);
    const age = reflector.ageMs ?? 0;
    await clock.advance(1000);
    expect(reflector.ageMs).toBe(age + 1000);
  });

  it('survives a listener that throws, and notifies the others', async () => {
    const { reflector, changes, error } = await follow({
      lists: [({ response }) => sendJson(response, list('5', pod('a', '1')))],
      watches: [open],
    });
    await reflector.synced();
    reflector.subscribe(() => {
      throw new Error('broken');
    });
    expect(error.mock.lastCall?.[0]).toMatchObject({ resource: 'pods', key: 'shop/a', change: 'added' });
    expect(changes).toEqual(['added a']);
  });

  it('reports what it holds in steps, with what changes meanwhile in its place', async () => {
    const watched = Promise.withResolvers<Exchange['response']>();
    const held = Array.from({ length: 150 }, (_, index) => pod(`p${index}`, '1'));
    const { reflector, changes } = await follow({
      lists: [({ response }) => sendJson(response, list('5', ...held))],
      watches: [
        ({ response }) => {
          sendEvents(response);
          watched.resolve(response);
        },
      ],
    });
    const stream = await watched.promise;
    const reported: string[] = [];
    const { replay, stop } = reflector.subscribeInSteps(({ type, object }) =>
      reported.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`),
    );
    const steps = replay[Symbol.iterator]();
    steps.next();
    const first = reported.length;
    expect(reported).toEqual(held.slice(0, first).map(({ metadata }) => `added ${metadata.name} 1`));
    expect(first).toBeLessThan(148);
    for (const event of [
      modified(pod('p0', '6')),
      modified(pod('p148', '7')),
      deleted(pod('p149', '8')),
      added(pod('new', '9')),
    ]) {
      stream.write(`${JSON.stringify(event)}\n`);
    }
    await waitFor(() => expect(changes.at(-1)).toBe('added new'));
    while (!steps.next().done);
    const rest = held.slice(first, 148).map(({ metadata }) => `added ${metadata.name} 1`);
    const meanwhile = ['added p0 6', 'added p148 7', 'deleted p149 1', 'added new 9'];
    expect(reported.slice(first)).toEqual([...meanwhile, ...rest]);
    stream.write(`${JSON.stringify(modified(pod('p1', '9')))}\n`);
    await waitFor(() => expect(reported.at(-1)).toBe('modified p1 9'));
    stop();
    stream.write(`${JSON.stringify(deleted(pod('p0', '10')))}\n`);
    await waitFor(() => expect(changes.at(-1)).toBe('deleted p0'));
    expect(reported.at(-1)).toBe('modified p1 9');
  });

  it('survives a watch that sends no JSON', async () => {
    const { reflector, until } = await follow({
      lists: [({ response }) => sendJson(response, list('5'))],
      watches: [
        ({ response }) => response.writeHead(200).end('<html>\n'),
        ({ response }) => sendEvents(response, added(pod('a', '9'))),
      ],
    });
    await until(() => names(reflector).includes('a'));
  });

  it('backs off if the server ends every watch without an event', async () => {
    const { watches, clock } = await follow({
      lists: [({ response }) => sendJson(response, list('5'))],
      watches: [({ response }) => response.writeHead(200).end()],
    });
    await waitFor(() => expect(clock.pending).toEqual([600]));
    expect(watches()).toHaveLength(1);
  });

  it('trims objects before it stores them, and finds them by an index', async () => {
    const server = await startFaultServer(({ response }) =>
      sendEvents(
        response,
        added(pod('a', '1', { app: 'old' })),
        end('5'),
        modified(pod('a', '6', { app: 'new', drop: 'x' })),
      ),
    );
    const client = new KubeClient(server.cluster);
    const reflector = new Reflector({
      client,
      resource: resources.pods,
      log: silentLog,
      transform: ({ metadata: { namespace = '', name, resourceVersion = '', labels = {} } }) => ({
        metadata: { namespace, name, resourceVersion },
        app: labels['app'] ?? '',
      }),
      indexes: { app: ({ app }) => [app] },
    });
    const stop = new AbortController();
    const ended = reflector.run(stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await ended;
      await client.close();
      await server[Symbol.asyncDispose]();
    });
    await waitFor(() => expect(reflector.store.byIndex('app', 'new')).toHaveLength(1));
    expect(reflector.store.byIndex('app', 'old')).toEqual([]);
    expect(Object.keys(reflector.store.get('shop/a') ?? {})).toEqual(['metadata', 'app']);
  });

  it('ends when its signal is aborted', async () => {
    const { reflector, stop, ended, watches } = await follow({
      lists: [({ response }) => sendJson(response, list('5'))],
      watches: [open],
    });
    await reflector.synced();
    await waitFor(() => expect(watches()).toHaveLength(1));
    stop.abort();
    await ended;
    expect(reflector.hasSynced).toBe(true);
  });
});
