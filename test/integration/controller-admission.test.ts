import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { label } from '../../src/api/index.ts';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { defaultProxy } from './support/objects.ts';
import type { RunningController } from './support/running-controller.ts';

const NAME = 'kube-egress-pods';
const WRITTEN = `MutatingWebhookConfiguration /${NAME}`;

interface Expression {
  key: string;
  operator: string;
  values?: string[];
}

/** What each platform adds to every webhook. */
const platforms: [string, Expression[]][] = [
  [
    'the Admissions Enforcer of AKS',
    [
      { key: 'control-plane', operator: 'DoesNotExist' },
      { key: 'control-plane', operator: 'NotIn', values: ['true'] },
      { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] },
    ],
  ],
  [
    'GKE Autopilot',
    [
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['kube-system', 'gke-gmp-system', 'gke-managed-cim'],
      },
    ],
  ],
];

let stage: Stage;
let running: RunningController;

beforeAll(async () => {
  stage = await startStage();
  await stage.client.create(resources.egressProxies, defaultProxy());
  running = stage.startController();
}, 180_000);
afterAll(() => stage?.stop());

const read = () => stage.client.get(resources.mutatingWebhookConfigurations, { name: NAME });
type Observed = Awaited<ReturnType<typeof read>>;
const expressionsOf = ({ webhooks = [] }: Observed) => webhooks[0]?.namespaceSelector?.matchExpressions ?? [];
const has = (observed: Observed, expression: Expression) =>
  expressionsOf(observed).some((each) => JSON.stringify(each) === JSON.stringify(expression));
const writes = () => running.applied.filter((id) => id === WRITTEN).length;

interface Enforcer {
  readonly writes: number;
  /** Largest number of looks in a row that found nothing to write. */
  readonly longestPause: number;
  stop(): Promise<void>;
}

/** Looks every 20 ms, as an enforcer does, and writes whenever an expression is missing. Ends with the test. */
function startEnforcer(expressions: readonly Expression[]): Enforcer {
  const ended = new AbortController();
  let count = 0;
  let pause = 0;
  let longestPause = 0;
  const run = (async () => {
    while (!ended.signal.aborted) {
      const observed = await read();
      const missing = expressions.filter((expression) => !has(observed, expression));
      pause = missing.length > 0 ? 0 : pause + 1;
      longestPause = Math.max(longestPause, pause);
      if (missing.length > 0 && (await enforce(observed, missing))) count += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const stop = async () => {
    ended.abort();
    await run;
  };
  onTestFinished(stop);
  return {
    get writes() {
      return count;
    },
    get longestPause() {
      return longestPause;
    },
    stop,
  };
}

/** False after a conflict with another writer. */
async function enforce(observed: Observed, missing: readonly Expression[]): Promise<boolean> {
  const webhooks = (observed.webhooks ?? []).map((webhook) => ({
    ...webhook,
    namespaceSelector: { matchExpressions: [...missing, ...expressionsOf(observed)] },
  }));
  try {
    await stage.client.update(resources.mutatingWebhookConfigurations, { ...observed, webhooks } as Observed);
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === 409) return false;
    throw error;
  }
}

/** Changes the mode that the selector of the webhook depends on, and waits until the selector follows. */
async function followsDefaultMode(defaultMode: 'None' | 'Observe'): Promise<Observed> {
  const values = defaultMode === 'None' ? ['enforce', 'blocked', 'observe'] : ['none'];
  const operator = defaultMode === 'None' ? 'In' : 'NotIn';
  await stage.client.patch(
    resources.egressProxies,
    { namespace: 'egress-proxy', name: 'squid' },
    { spec: { defaultMode } },
  );
  return until('the selector', read, (now) => has(now, { key: label.mode, operator, values }));
}

describe('a webhook configuration that a second writer changes', () => {
  test.each(platforms)(
    'keeps what %s adds, and then neither writes again',
    async (_, added) => {
      const hasPlatform = (observed: Observed) => added.every((expression) => has(observed, expression));
      await followsDefaultMode('None');
      const atStart = writes();
      const enforcer = startEnforcer(added);
      await until('the expressions', read, hasPlatform);

      const first = await until('the new selector', () => followsDefaultMode('Observe'), hasPlatform);
      const before = { ours: writes(), theirs: enforcer.writes };
      expect(before.ours - atStart).toBeLessThanOrEqual(4);
      for (let wake = 0; wake < 20; wake += 1) {
        const annotations = { wake: String(wake) };
        await stage.client.patch(
          resources.mutatingWebhookConfigurations,
          { name: NAME },
          { metadata: { annotations } },
        );
      }
      // A write of ours that comes after the wakes proves that they were answered.
      const second = await followsDefaultMode('None');
      expect([hasPlatform(first), hasPlatform(second)]).toEqual([true, true]);
      expect({ ours: writes() - before.ours, theirs: enforcer.writes - before.theirs }).toEqual({
        ours: 1,
        theirs: 0,
      });
      await enforcer.stop();
    },
    60_000,
  );

  test('is written at most a few times where the second writer is unknown, with an Event', async () => {
    const before = writes();
    const enforcer = startEnforcer([{ key: 'team', operator: 'NotIn', values: ['a'] }]);
    await until(
      'the Event',
      async () => (await stage.client.list(resources.events, { namespace: 'default' })).items,
      (events) =>
        events.some(({ reason, involvedObject }) => reason === 'Conflict' && involvedObject.name === NAME),
    );
    await until(
      'a delayed write',
      async () => writes() - before,
      (count) => count > 5,
    );
    // The controller answers an undelayed write within one or two looks.
    expect(enforcer.longestPause).toBeGreaterThan(5);
    await enforcer.stop();
    await followsDefaultMode('Observe');
    expect(has(await read(), { key: 'team', operator: 'NotIn', values: ['a'] })).toBe(false);
  }, 60_000);
});
