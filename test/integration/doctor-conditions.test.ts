import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionTable } from '../../src/cli/status/condition-table.ts';
import { resources } from '../../src/kube/index.ts';
import { runPlugin } from '../support/run-plugin.ts';
import { until } from '../support/until.ts';
import { conditionFaults, createDns } from './support/condition-faults.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, defaultProxy, find } from './support/objects.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  await createDns(stage.client);
  stage.startController();
  await stage.client.create(resources.egressProxies, defaultProxy());
  const proxy = find(stage.client, resources.egressProxies, 'squid', 'egress-proxy');
  await until('the facts', proxy, (now) => conditionOf(now, 'ClusterFacts') === 'True ClusterFactsFound');
}, 180_000);
afterAll(() => stage?.stop());

interface Finding {
  code: string;
  object: string;
  severity: string;
  guide: string;
}

async function doctor(): Promise<Finding[]> {
  const { out } = await runPlugin('doctor -o json', { kubeconfig: stage.plane.kubeconfig });
  return JSON.parse(out).findings;
}

describe('kubectl egress doctor finds what a condition reports, and not before', () => {
  const named = conditionFaults.map((fault) => [fault.type, fault.reason, fault] as const);

  it.each(named)('%s %s', async (type, reason, { object, make, end }) => {
    const find = async () =>
      (await doctor()).filter((finding) => finding.code === reason && finding.object === object);
    expect(await find()).toEqual([]);
    await make(stage.client);
    const [found] = await until(reason, find, ({ length }) => length > 0, { limitMs: 20_000 });
    const { guide, isWarning } = conditionTable[type];
    expect(found).toMatchObject({ guide: `docs/guide/${guide}`, severity: isWarning ? 'warning' : 'fault' });
    if (end === undefined) return;
    await end(stage.client);
    await until(`no ${reason}`, find, ({ length }) => length === 0, { limitMs: 20_000 });
  });

  it('makes a fault of each condition, but of those that cannot have one here', () => {
    const made = new Set<string>(conditionFaults.map(({ type }) => type));
    const left = Object.keys(conditionTable).filter((type) => !made.has(type));
    // Ready repeats another condition; a rule set is unused after 30 days; the others report nothing wrong of what doctor reads.
    expect(left.toSorted()).toEqual(['Approved', 'Expired', 'Failed', 'InUse', 'Ready', 'Refused']);
  });
});
