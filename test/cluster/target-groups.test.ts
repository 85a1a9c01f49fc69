import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { API_VERSION } from '../../src/api/index.ts';
import {
  apply,
  condition,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  startPods,
} from './support/client-pods.ts';
import { readAuditFiles } from './support/exactness/audit-files.ts';

const NAMESPACE = 'target-groups';
const GROUP = 'scene';
const [KEPT, REMOVED] = ['g1.example.com:443', 'g2.example.com:443'];
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

const writeGroup = (...targets: string[]) =>
  apply({ apiVersion: API_VERSION, kind: 'EgressTargetGroup', metadata: { name: GROUP }, spec: { targets } });
const conditionIs = (type: string) => condition(NAMESPACE, 'egressruleset/rules', type);

/** The status of the proxy's answer to a CONNECT for each of the two targets. */
async function answers(): Promise<string> {
  const one = (target: string) =>
    `curl -s -o /dev/null -m 20 -w '%{http_connect} ' https://${target.replace(':443', '/')}`;
  return (await inPod(`${NAMESPACE}/api`, [KEPT, REMOVED].map(one).join('; '), 50)).stdout.trim();
}

/** Who refers to the group, as the plugin has it. */
async function usedBy(): Promise<string | undefined> {
  const { stdout } = await bash(`${process.execPath} ${main} status`);
  return stdout.match(new RegExp(`^${GROUP} .*$`, 'm'))?.[0].replace(/ {2,}/g, '  ');
}

beforeAll(() => startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }] }));
afterAll(async () => {
  await leaveNamespaces(NAMESPACE);
  await kubectl(`delete egresstargetgroup ${GROUP} --ignore-not-found`);
});

describe('a rule set that refers to a target group', () => {
  test('grants the targets of the group, and says by which', async () => {
    await writeGroup(KEPT, REMOVED);
    await apply({
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { name: 'rules', namespace: NAMESPACE },
      spec: { targetGroups: [GROUP] },
    });
    expect(await eventually(() => conditionIs('Programmed'), 'True Programmed')).toBe('True Programmed');
    expect(await answers()).toBe('200 200');
    const rules = async () =>
      readAuditFiles()
        .filter(({ namespace }) => namespace === NAMESPACE)
        .map(({ rule }) => rule)
        .toSorted()
        .join();
    const granted = [0, 1].map((index) => `${NAMESPACE}/rules#${GROUP}/${index}`).join();
    expect(await eventually(rules, granted)).toBe(granted);
    expect(await usedBy()).toBe(`${GROUP}  2  ${NAMESPACE}/rules`);
  });

  test('does not grant a target that was removed from the group', async () => {
    await writeGroup(KEPT);
    expect(await eventually(answers, '200 403')).toBe('200 403');
    expect(await eventually(() => conditionIs('Programmed'), 'True Programmed')).toBe('True Programmed');
    expect(await usedBy()).toBe(`${GROUP}  1  ${NAMESPACE}/rules`);
  });

  test('grants nothing without the group, and its conditions say so', async () => {
    await kubectl(`delete egresstargetgroup ${GROUP}`);
    expect(await eventually(answers, '403 403')).toBe('403 403');
    const accepted = () => conditionIs('Accepted');
    expect(await eventually(accepted, 'True TargetGroupNotFound')).toBe('True TargetGroupNotFound');
    expect(await conditionIs('Ready')).toBe('False TargetGroupNotFound');
  });
});
