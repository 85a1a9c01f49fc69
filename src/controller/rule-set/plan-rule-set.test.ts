import { describe, expect, test } from 'vitest';
import type { Condition } from '../../api/index.ts';
import type { Standing } from '../generations/index.ts';
import { planRuleSetStatus, type RuleSetInput } from './plan-rule-set.ts';

const squid = (...standings: Standing[]) => ({
  key: 'egress-proxy/squid',
  replicas: standings.map((standing, index) => ({ name: `egress-proxy/squid-${index}`, standing })),
});
const base: RuleSetInput = { generation: 3, targets: 2, faults: [], proxies: [], previous: undefined };
const programmedAt = (observedGeneration: number): Condition[] => [
  {
    type: 'Programmed',
    status: 'True',
    reason: 'Programmed',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration,
  },
];

function states(input: Partial<RuleSetInput>): string[] {
  const { conditions } = planRuleSetStatus({ ...base, ...input });
  return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}

describe('planRuleSetStatus', () => {
  test.each<[string, Partial<RuleSetInput>, string[]]>([
    [
      'every ready replica decides by it',
      { proxies: [squid('current', 'current')] },
      ['Accepted True Accepted', 'Programmed True Programmed', 'Ready True Ready'],
    ],
    [
      'nothing serves it',
      {},
      ['Accepted True Accepted', 'Programmed False NotServed', 'Ready False NotServed'],
    ],
    [
      'a proxy without a ready replica',
      { proxies: [squid('current'), { key: 'intra/squid', replicas: [] }] },
      ['Accepted True Accepted', 'Programmed False NoReadyReplica', 'Ready False NoReadyReplica'],
    ],
    [
      'a replica that is behind',
      { proxies: [squid('current', 'behind')] },
      ['Accepted True Accepted', 'Programmed False Pending', 'Ready False Pending'],
    ],
    [
      'a replica that was not asked yet',
      { proxies: [squid('current', 'unknown')] },
      ['Accepted True Accepted', 'Programmed False Pending', 'Ready False Pending'],
    ],
    [
      'a replica that does not answer',
      { proxies: [squid('current', 'unreachable')] },
      ['Accepted True Accepted', 'Programmed False AgentUnreachable', 'Ready False AgentUnreachable'],
    ],
    [
      'a new replica takes nothing away before it was asked',
      { proxies: [squid('current', 'unknown')], previous: programmedAt(3) },
      ['Accepted True Accepted', 'Programmed True Programmed', 'Ready True Ready'],
    ],
    [
      'one that says otherwise does',
      { proxies: [squid('current', 'behind')], previous: programmedAt(3) },
      ['Accepted True Accepted', 'Programmed False Pending', 'Ready False Pending'],
    ],
    [
      'what was agreed on an older generation counts no more',
      { proxies: [squid('unreachable')], previous: programmedAt(2) },
      ['Accepted True Accepted', 'Programmed False AgentUnreachable', 'Ready False AgentUnreachable'],
    ],
    [
      'a set that does not parse',
      {
        proxies: [squid('current')],
        faults: [{ field: 'spec.targets[0]', reason: 'PortMissing', message: 'the port is missing' }],
      },
      ['Accepted False Invalid', 'Programmed False Invalid', 'Ready False Invalid'],
    ],
  ])('%s', (_, input, expected) => {
    expect(states(input)).toEqual(expected);
  });
});
