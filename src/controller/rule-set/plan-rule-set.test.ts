import { describe, expect, test } from 'vitest';
import type { Condition } from '../../api/index.ts';
import type { GenerationState } from '../state/agent-generations.ts';
import { planRuleSetStatus, type RuleSetInput } from './plan-rule-set.ts';

const squid = (...states: GenerationState[]) => ({
  key: 'egress-proxy/squid',
  replicas: states.map((state, index) => ({ name: `egress-proxy/squid-${index}`, state })),
});
const base: RuleSetInput = {
  generation: 3,
  targets: 2,
  groups: { targets: 0, missing: [], invalid: [] },
  faults: [],
  proxies: [],
  exceeded: [],
  expired: false,
  previous: undefined,
};
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

function describeStates(input: Partial<RuleSetInput>): string[] {
  const { conditions } = planRuleSetStatus({ ...base, ...input });
  return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}

describe('planRuleSetStatus', () => {
  test.each<[string, Partial<RuleSetInput>, string[]]>([
    [
      'every ready replica decides by this generation',
      { proxies: [squid('current', 'current')] },
      ['Accepted True Accepted', 'Programmed True Programmed', 'Ready True Ready'],
    ],
    [
      'no proxy serves it',
      {},
      ['Accepted True Accepted', 'Programmed False NotServed', 'Ready False NotServed'],
    ],
    [
      'older sets use up the quota',
      {
        proxies: [squid('current')],
        exceeded: [
          {
            proxy: 'egress-proxy/squid',
            quota: { ruleSets: 2, targets: 9 },
            place: { ruleSets: 3, targets: 7 },
          },
        ],
      },
      ['Accepted True Accepted', 'Programmed False QuotaExceeded', 'Ready False QuotaExceeded'],
    ],
    [
      'a proxy without a ready replica',
      { proxies: [squid('current'), { key: 'intra/squid', replicas: [] }] },
      ['Accepted True Accepted', 'Programmed False NoReadyReplica', 'Ready False NoReadyReplica'],
    ],
    [
      'a replica with an older generation',
      { proxies: [squid('current', 'outdated')] },
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
      'a new replica revokes nothing before it was asked',
      { proxies: [squid('current', 'unknown')], previous: programmedAt(3) },
      ['Accepted True Accepted', 'Programmed True Programmed', 'Ready True Ready'],
    ],
    [
      'a replica with an older generation does',
      { proxies: [squid('current', 'outdated')], previous: programmedAt(3) },
      ['Accepted True Accepted', 'Programmed False Pending', 'Ready False Pending'],
    ],
    [
      'an agreement on an older generation does not count',
      { proxies: [squid('unreachable')], previous: programmedAt(2) },
      ['Accepted True Accepted', 'Programmed False AgentUnreachable', 'Ready False AgentUnreachable'],
    ],
    [
      'a rule set that has expired',
      { expired: true, proxies: [squid('current')], previous: programmedAt(3) },
      ['Accepted True Accepted', 'Programmed False Expired', 'Ready False Expired'],
    ],
    [
      'a target group that does not exist',
      { proxies: [squid('current')], groups: { targets: 4, missing: ['npn'], invalid: [] } },
      ['Accepted True TargetGroupNotFound', 'Programmed True Programmed', 'Ready False TargetGroupNotFound'],
    ],
    [
      'a target group with faults',
      { proxies: [squid('current')], groups: { targets: 0, missing: [], invalid: ['npm'] } },
      ['Accepted True TargetGroupInvalid', 'Programmed True Programmed', 'Ready False TargetGroupInvalid'],
    ],
    [
      'a target group that does not exist, before agents agree',
      { proxies: [squid('outdated')], groups: { targets: 0, missing: ['npn'], invalid: [] } },
      ['Accepted True TargetGroupNotFound', 'Programmed False Pending', 'Ready False Pending'],
    ],
    [
      'a rule set that is not valid',
      {
        proxies: [squid('current')],
        faults: [{ field: 'spec.targets[0]', reason: 'PortMissing', message: 'the port is missing' }],
      },
      ['Accepted False Invalid', 'Programmed False Invalid', 'Ready False Invalid'],
    ],
  ])('%s', (_, input, expected) => {
    expect(describeStates(input)).toEqual(expected);
  });

  test('counts the targets of its groups', () => {
    expect(planRuleSetStatus({ ...base, groups: { targets: 4, missing: [], invalid: [] } }).targets).toBe(6);
  });
});
