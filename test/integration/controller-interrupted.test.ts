import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION, type EgressProxy, label } from '../../src/api/index.ts';
import { type KubeObject, type Resource, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, createNamespace, find } from './support/objects.ts';
import { type RunningController, untilStopped } from './support/running-controller.ts';

const PROXIES = 'egress-proxy';
/** The proxy of the namespaces that are barriers: each changes its objects. */
const BARRIERS = 'barrier-proxy';
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  await request(BARRIERS);
}, 180_000);
afterAll(() => stage?.stop());

/** An EgressProxy, and a namespace of the same name that it serves. */
async function request(name: string): Promise<void> {
  const proxy: EgressProxy = {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name, namespace: PROXIES },
    spec: { dns: 'Report' },
  };
  await stage.client.create(resources.egressProxies, proxy);
  await createNamespace(stage.client, name, { [label.mode]: 'enforce', [label.proxy]: `${PROXIES}.${name}` });
  await stage.client.create(resources.egressRuleSets, {
    metadata: { name: 'rules', namespace: name },
    spec: { targets: ['a.example.com:443'] },
  });
}

/** Resolves when everything of it is reported. */
async function isReported(name: string): Promise<boolean> {
  const { client } = stage;
  const proxy = await find(client, resources.egressProxies, name, PROXIES)();
  const activity = await find(client, resources.egressActivities, 'observed', name)();
  const rules = await find(client, resources.egressRuleSets, 'rules', name)();
  return (
    conditionOf(proxy, 'Accepted') === 'True Accepted' &&
    conditionOf(activity, 'Injected') !== undefined &&
    conditionOf(rules, 'Programmed') !== undefined
  );
}

const kinds: Resource<KubeObject & { spec?: object }>[] = [
  resources.serviceAccounts,
  resources.configMaps,
  resources.secrets,
  resources.networkPolicies,
  resources.services,
  resources.deployments,
  resources.podDisruptionBudgets,
];

/** The objects of a proxy and its namespace, with `NAME` for its name; of policies the whole spec. */
async function objectsOf(name: string): Promise<string[]> {
  const lists = await Promise.all(
    kinds.flatMap((kind) =>
      [PROXIES, name].map(async (namespace) => {
        const { items } = await stage.client.list(kind, { namespace });
        const own = items.filter(({ metadata }) => namespace === name || metadata.name.startsWith(name));
        return own.map(({ metadata, spec }) =>
          JSON.stringify([kind.kind, namespace, metadata.name, kind === resources.networkPolicies && spec]),
        );
      }),
    ),
  );
  return lists
    .flat()
    .map((line) => line.replaceAll(name, 'NAME'))
    .sort();
}

/** Milliseconds without a write after which a leading controller has no more to do; a longer wait finds nothing wrong. */
const QUIET = 2_000;

/** What a controller has written that was stopped after its first write; undefined if it had none to make. */
async function endAfterOneWrite(): Promise<string | undefined> {
  const first = Promise.withResolvers<string>();
  let writes = 0;
  const running = stage.startController({
    aroundWrite: async (send, { what, signal }) => {
      writes += 1;
      // It ends between the API server's taking the write and its answer; of others under way nothing arrives.
      if (writes === 1) {
        await send();
        first.resolve(what);
      }
      return signal === undefined ? Promise.reject(new Error('the process has ended')) : untilStopped(signal);
    },
  });
  const quiet = until('it leads', async () => running.controller.leading, Boolean).then(() => sleep(QUIET));
  const written = await Promise.race([first.promise, quiet.then(() => undefined)]);
  await running.stop();
  return written;
}

let barriers = 0;
/** Resolves when a namespace that opts in now is closed and reported: what was enqueued before is done. */
async function barrier(): Promise<void> {
  barriers += 1;
  const name = `barrier-${barriers}`;
  await createNamespace(stage.client, name, {
    [label.mode]: 'enforce',
    [label.proxy]: `${PROXIES}.${BARRIERS}`,
  });
  await until(
    name,
    find(stage.client, resources.egressActivities, 'observed', name),
    (found) => conditionOf(found, 'Injected') !== undefined,
  );
}

/** Records what a controller writes about anything but a barrier. */
function recording(writes: string[]) {
  const aroundWrite = async (send: () => Promise<string>, { what }: { what: string }) => {
    if (!what.includes('barrier-')) writes.push(what);
    return send();
  };
  return { aroundWrite };
}

describe('a controller that ends after each of its writes', () => {
  test('and is started again has made what one makes that never ends', async () => {
    await request('often');
    const written: string[] = [];
    for (let next = await endAfterOneWrite(); next !== undefined; next = await endAfterOneWrite()) {
      written.push(next);
      expect(written.length, written.slice(-5).join(', ')).toBeLessThan(100);
    }
    expect(written.length).toBeGreaterThan(12);
    expect(await isReported('often')).toBe(true);

    const whole = stage.startController();
    await request('whole');
    await until('the other one', () => isReported('whole'));
    await barrier();
    await whole.stop();
    expect(await objectsOf('often')).toEqual(await objectsOf('whole'));
  });
});

/** Starts a controller that leads. */
async function leading(writes: string[]): Promise<RunningController> {
  const running = stage.startController(recording(writes));
  await until('it leads', async () => running.controller.leading, Boolean);
  return running;
}

describe('a controller that begins to lead in a converged cluster', () => {
  test('writes nothing', async () => {
    const writes: string[] = [];
    const before = await leading(writes);
    await until('a barrier without another write', async () => {
      writes.length = 0;
      await barrier();
      return writes.length === 0;
    });
    await before.stop();
    writes.length = 0;
    const next = await leading(writes);
    await barrier();
    await barrier();
    expect(writes).toEqual([]);
    await next.stop();
  });
});

describe('two controllers that both believe that they lead', () => {
  test('make the same, and do not undo what the other one wrote', async () => {
    const writes: string[] = [];
    const both = ['first', 'second'].map(
      (identity): RunningController =>
        stage.startController({ ...recording(writes), identity, leaseName: identity }),
    );
    await until('both lead', async () => both.every(({ controller }) => controller.leading), Boolean);
    await stage.client.patch(
      resources.egressProxies,
      { namespace: PROXIES, name: 'often' },
      { spec: { port: 8888 } },
    );
    const changed = find(stage.client, resources.networkPolicies, 'often-ingress', PROXIES);
    await until('the new port', changed, (found) => JSON.stringify(found?.spec).includes('8888'));
    await barrier();
    expect(writes.length).toBeGreaterThan(0);
    writes.length = 0;
    await barrier();
    expect(writes).toEqual([]);
    await stage.client.patch(
      resources.egressProxies,
      { namespace: PROXIES, name: 'whole' },
      { spec: { port: 8888 } },
    );
    const whole = find(stage.client, resources.networkPolicies, 'whole-ingress', PROXIES);
    await until('the new port of the other', whole, (found) => JSON.stringify(found?.spec).includes('8888'));
    await barrier();
    expect(await objectsOf('often')).toEqual(await objectsOf('whole'));
  });
});
