import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { FakeClock } from '../time/fake-clock.ts';
import { KubeClient } from './client/client.ts';
import {
  type RequestHandler,
  sendJson,
  sendStatus,
  startFaultServer,
} from './client/fault-server.fixture.ts';
import { EventRecorder } from './event-recorder.ts';
import type { Precedence } from './work-queue.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'web', uid: 'u1' } };
const accept: RequestHandler = ({ response, body }) =>
  sendJson(response, { metadata: {}, ...JSON.parse(body) });

/** Work that goes ahead, as the test says. */
class Ahead implements Precedence {
  isBusy = false;
  readonly #listeners: (() => void)[] = [];

  onIdle(listener: () => void): () => void {
    this.#listeners.push(listener);
    return () => {};
  }

  end(): void {
    this.isBusy = false;
    for (const listener of this.#listeners) listener();
  }
}

async function start(answer: RequestHandler = accept, limits: { mostPending?: number } = {}) {
  const ahead = new Ahead();
  const server = await startFaultServer(answer);
  const client = new KubeClient(server.cluster);
  const clock = new FakeClock();
  const warn = vi.fn();
  const log = { ...silentLog, warn };
  const recorder = new EventRecorder({
    client,
    component: 'kube-egress-agent',
    instance: 'squid-0',
    namespace: 'egress-proxy',
    log,
    clock,
    after: [ahead],
    ...limits,
  });
  onTestFinished(async () => {
    await recorder.flush();
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  const writes = () =>
    server.requests.map(({ method, path, body }) => ({ method, path, body: JSON.parse(body) }));
  return { server, recorder, ahead, clock, warn, writes };
}

describe('EventRecorder', () => {
  it('writes a core/v1 Event that kubectl shows beside the object', async () => {
    const { recorder, writes } = await start();
    recorder.record(pod, 'Warning', 'NoMatchingRule', 'web cannot reach example.com:443');
    await recorder.flush();
    expect(writes()).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/events',
        body: {
          involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1' },
          type: 'Warning',
          reason: 'NoMatchingRule',
          count: 1,
          firstTimestamp: '2026-01-01T00:00:00Z',
          source: { component: 'kube-egress-agent', host: 'squid-0' },
        },
      },
    ]);
  });

  it('counts the same message on one Event', async () => {
    const { recorder, clock, writes } = await start();
    for (let time = 0; time < 3; time += 1) {
      recorder.record(pod, 'Warning', 'NoMatchingRule', 'no');
      await recorder.flush();
      await clock.advance(1000);
    }
    const [created, ...patches] = writes();
    expect(patches.map(({ body }) => body)).toEqual([
      { count: 2, lastTimestamp: '2026-01-01T00:00:01Z' },
      { count: 3, lastTimestamp: '2026-01-01T00:00:02Z' },
    ]);
    expect(patches[0]?.path).toBe(`${created?.path}/${created?.body.metadata.name}`);
  });

  it('limits writes per object and reason, and loses no count', async () => {
    const { recorder, clock, writes } = await start();
    for (let time = 0; time < 100; time += 1) {
      recorder.record(pod, 'Warning', 'NoMatchingRule', 'no');
      await recorder.flush();
    }
    expect(writes()).toHaveLength(5);
    recorder.record(pod, 'Warning', 'DeniedByRule', 'another reason');
    await recorder.flush();
    expect(writes()).toHaveLength(6);
    await clock.advance(30_000);
    recorder.record(pod, 'Warning', 'NoMatchingRule', 'no');
    await recorder.flush();
    expect(writes().at(-1)?.body.count).toBe(101);
  });

  it('creates a new Event after the API server has deleted the old one', async () => {
    const { recorder, server, writes } = await start();
    recorder.record(pod, 'Normal', 'Ready', 'ready');
    await recorder.flush();
    server.answer = (exchange) =>
      exchange.method === 'PATCH' ? sendStatus(exchange.response, 404, 'NotFound', 'gone') : accept(exchange);
    recorder.record(pod, 'Normal', 'Ready', 'ready');
    await recorder.flush();
    expect(writes().map(({ method, body }) => `${method} ${body.count}`)).toEqual([
      'POST 1',
      'PATCH 2',
      'POST 1',
    ]);
  });

  it('puts Events about cluster-scoped objects into default', async () => {
    const { recorder, writes } = await start();
    recorder.record(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      'Normal',
      'Ready',
      'ready',
    );
    await recorder.flush();
    expect(writes()[0]?.path).toBe('/api/v1/namespaces/default/events');
  });

  it('never throws: a write that fails is logged', async () => {
    const { recorder, warn } = await start(({ response }) => sendStatus(response, 403, 'Forbidden', 'no'));
    recorder.record(pod, 'Warning', 'NoMatchingRule', 'no');
    await recorder.flush();
    expect(warn).toHaveBeenCalledOnce();
  });

  it('writes nothing while other work goes ahead, and everything after it', async () => {
    const { recorder, ahead, writes } = await start();
    ahead.isBusy = true;
    for (const message of ['one', 'another', 'one'])
      recorder.record(pod, 'Warning', 'NoMatchingRule', message);
    await recorder.flush();
    expect(writes()).toEqual([]);
    ahead.end();
    await recorder.flush();
    expect(writes().map(({ body }) => `${body.count} ${body.message}`)).toEqual(['2 one', '1 another']);
  });

  it('limits all writes together: a burst, then ten a second', async () => {
    const { recorder, clock, writes } = await start();
    recordMany(recorder, 150);
    await recorder.flush();
    expect(writes()).toHaveLength(100);
    for (let tenths = 0; tenths < 10; tenths += 1) {
      await clock.advance(100);
      await recorder.flush();
    }
    expect(writes()).toHaveLength(110);
  });

  it('sums up in one Event what waits behind too many others', async () => {
    const { recorder, ahead, clock, writes } = await start(accept, { mostPending: 20 });
    ahead.isBusy = true;
    recordMany(recorder, 220);
    ahead.end();
    await recorder.flush();
    expect(writes().at(-1)?.body).toMatchObject({
      involvedObject: { kind: 'Pod', namespace: 'egress-proxy', name: 'squid-0' },
      reason: 'EventsLeftOut',
      type: 'Warning',
    });
    expect(writes().at(-1)?.body.message).toMatch(
      /^200 Events were left out .*: 200 NoMatchingRule of Pod\. /,
    );
    await clock.advance(10_000);
    await recorder.flush();
    expect(writes()).toHaveLength(21);
  });

  it('writes a record that comes when the last write ends', async () => {
    const { recorder, writes } = await start();
    recorder.record(pod, 'Normal', 'Ready', 'one');
    await recorder.flush().then(() => recorder.record(pod, 'Normal', 'Ready', 'another'));
    await recorder.flush();
    expect(writes()).toHaveLength(2);
  });
});

/** Records one Event for each of so many pods. */
function recordMany(recorder: EventRecorder, count: number): void {
  for (let number = 0; number < count; number += 1) {
    const metadata = { ...pod.metadata, name: `web-${number}`, uid: `u${number}` };
    recorder.record({ ...pod, metadata }, 'Warning', 'NoMatchingRule', 'no');
  }
}
