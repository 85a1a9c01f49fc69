import { describe, expect, it } from 'vitest';
import { FakeReflector } from '../cluster/fake-reflector.ts';
import { createKubeMetrics } from '../kube/index.ts';
import { createMetrics, silentLog } from '../telemetry/index.ts';
import { FakeClock, settle } from '../time/fake-clock.ts';
import { type Controller, watch } from './controller.ts';
import { enqueueObject, SETTLE } from './enqueue.ts';
import { createControllerMetrics } from './metrics.ts';
import { ReconcileLoops } from './reconcile-loops.ts';

interface Quota {
  metadata: { name: string; namespace: string; generation: number };
  limit: number;
}

// [example]
interface QuotaDeps {
  quotas: FakeReflector<Quota>;
  pods: FakeReflector<{ metadata: { name: string; namespace: string } }>;
  /** Writes the status of a quota. Rejects while the API server is unavailable. */
  write: (key: string, status: string) => Promise<void>;
}

/** Writes how many pods a namespace has of its quota. Key: the quota, which has the name of its namespace. */
const quotaController: Controller<[QuotaDeps]> = {
  name: 'quotas',
  concurrency: 2,
  // Called when this replica becomes the leader: what is created here lives as long as the leadership.
  create({ quotas, pods, write }) {
    const written = new Map<string, string>();
    return {
      watches: [
        // For: the object itself, but not when only its status has changed.
        watch(quotas, (change) =>
          change.type === 'modified' && change.object.metadata.generation === change.old.metadata.generation
            ? []
            : enqueueObject(change),
        ),
        // Watches: each pod enqueues the quota of its namespace; many pods become one reconciliation.
        watch(pods, ({ object: { metadata } }) => [`${metadata.namespace}/${metadata.namespace}`], {
          settleMs: SETTLE,
        }),
      ],
      async reconcile(key) {
        const quota = quotas.store.get(key);
        if (quota === undefined) return undefined;
        const { namespace } = quota.metadata;
        const used = pods.store.list().filter(({ metadata }) => metadata.namespace === namespace).length;
        const status = `${used} of ${quota.limit}`;
        if (written.get(key) !== status) await write(key, status);
        written.set(key, status);
        return { requeueAfterMs: 60_000 };
      },
    };
  },
};
// [/example]

const quota = (limit: number, generation: number): Quota => {
  return { metadata: { name: 'shop', namespace: 'shop', generation }, limit };
};
const pod = (name: string) => ({ metadata: { name, namespace: 'shop' } });

async function lead() {
  const clock = new FakeClock();
  const metrics = createMetrics();
  const [quotas, pods] = [new FakeReflector<Quota>(), new FakeReflector<ReturnType<typeof pod>>()];
  const writes: string[] = [];
  const apiServer = { failures: 0 };
  const write = async (key: string, status: string) => {
    writes.push(`${key}: ${status}`);
    apiServer.failures -= 1;
    if (apiServer.failures >= 0) throw new Error('the API server is unavailable');
  };
  const loops = new ReconcileLoops([quotaController], {
    log: silentLog,
    clock,
    queueMetrics: createKubeMetrics(metrics.registry).queue,
    metrics: createControllerMetrics(metrics),
  });
  const leadership = new AbortController();
  const ended = loops.run([{ quotas, pods, write }], leadership.signal);
  await settle();
  const count = async (result: string) => {
    const text = await metrics.registry.metrics();
    return new RegExp(`reconciles_total{queue="quotas",result="${result}"} (\\d+)`).exec(text)?.[1];
  };
  return { clock, quotas, pods, writes, apiServer, leadership, ended, count };
}

describe('a controller', () => {
  it('reconciles what its watches enqueue', async () => {
    const { quotas, writes, count } = await lead();
    quotas.set(quota(5, 1));
    await settle();
    expect(writes).toEqual(['shop/shop: 0 of 5']);
    expect(await count('done')).toBe('1');
  });

  it('is not woken by a change of the status', async () => {
    const { quotas, count } = await lead();
    quotas.set(quota(5, 1));
    await settle();
    quotas.set(quota(5, 1));
    await settle();
    expect(await count('done')).toBe('1');
  });

  it('takes many changes within the settle time as one', async () => {
    const { clock, quotas, pods, writes, count } = await lead();
    quotas.set(quota(5, 1));
    await settle();
    for (const name of ['a', 'b', 'c']) pods.set(pod(name));
    await clock.advance(SETTLE);
    expect(writes).toEqual(['shop/shop: 0 of 5', 'shop/shop: 3 of 5']);
    expect(await count('done')).toBe('2');
  });

  it('retries a failure with back-off', async () => {
    const { clock, quotas, writes, apiServer, count } = await lead();
    apiServer.failures = 2;
    quotas.set(quota(5, 1));
    await settle();
    expect(writes).toHaveLength(1);
    await clock.advance(1_000);
    expect(writes).toHaveLength(3);
    expect([await count('failed'), await count('done')]).toEqual(['2', '1']);
  });

  it('reconciles again after the time that it returns', async () => {
    const { clock, quotas, count } = await lead();
    quotas.set(quota(5, 1));
    await settle();
    await clock.advance(60_000);
    expect(await count('done')).toBe('2');
  });

  it('ends with the leadership', async () => {
    const { quotas, writes, leadership, ended } = await lead();
    leadership.abort();
    await ended;
    quotas.set(quota(5, 1));
    await settle();
    expect(writes).toEqual([]);
  });
});
