import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { condition, eventually, kubectl } from './support/client-pods.ts';

const root = new URL('../../', import.meta.url).pathname;
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
/** Seconds: a look every 30, each up to 8. Two of them: the first may find a machine too busy to connect in time. */
const NEXT_LOOKS = 100;

async function enforcement(to: 'on' | 'off'): Promise<void> {
  const switched = await bash(`cd ${root} && scripts/cluster policy ${to}`);
  if (switched.code !== 0) throw new Error(switched.stderr);
}

const enforced = () => condition('egress-proxy', 'egressproxy/squid', 'Enforced');

/** What the replica that leads says; the other one has no such reading. */
async function readings(): Promise<string> {
  const names = await kubectl(
    'get pods -n kube-egress-system -l egress.zalando.org/component=controller -o name',
  );
  const metrics = await Promise.all(
    names
      .trim()
      .split('\n')
      .map(
        (pod) => `/api/v1/namespaces/kube-egress-system/pods/${pod.replace('pod/', '')}:8080/proxy/metrics`,
      )
      .map((path) => kubectl(`get --raw ${path}`)),
  );
  const lines = metrics.join('\n').split('\n');
  return lines.filter((line) => line.startsWith('kube_egress_network_policy_enforced{')).join('\n');
}

beforeAll(() => enforcement('on'));
afterAll(() => enforcement('on'));

describe('Enforced on the EgressProxy follows what the cluster does with NetworkPolicies', () => {
  test('enforced', async () => {
    expect(await eventually(enforced, 'True Enforced', NEXT_LOOKS)).toBe('True Enforced');
    expect(await readings()).toMatch(/proxy="egress-proxy\/squid"\} 1$/m);
  });

  test('switched off: the condition, an Event and the metric say so', async () => {
    await enforcement('off');
    expect(await eventually(enforced, 'False NotEnforced', NEXT_LOOKS)).toBe('False NotEnforced');
    expect(await readings()).toMatch(/proxy="egress-proxy\/squid"\} 0$/m);
    // Written after the status.
    const told = async () => {
      const events = await kubectl('get events -n egress-proxy --field-selector reason=NotEnforced -o name');
      return events.includes('event');
    };
    expect(await eventually(told, true)).toBe(true);
  });

  test('switched off: the doctor finds it', async () => {
    const { code, stdout } = await bash(`${process.execPath} ${main} doctor -o json`);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ code: 'NotEnforced', object: 'EgressProxy egress-proxy/squid' }),
    );
  });

  test('switched on again', async () => {
    await enforcement('on');
    expect(await eventually(enforced, 'True Enforced', NEXT_LOOKS)).toBe('True Enforced');
  });
});
