import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Approval, Condition, EgressRequest } from '../../api/index.ts';
import { mergeConditions, rfc3339 } from '../conditions.ts';
import { type Grant, needsRuleSet, planRequest } from './plan-request.ts';
import { renderRuleSet } from './render-rule-set.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const noon = Date.parse('2026-01-10T12:00:00Z');
const approved: Approval = { outcome: 'Approved', by: 'olga', reason: 'incident 4711' };
const refused: Approval = { outcome: 'Refused', by: 'olga' };
const granted = {
  kind: 'granted',
  ruleSet: 'request-a',
  expiresAt: rfc3339(noon + 2 * HOUR),
} satisfies Grant;

const was = (type: string, reason: string, at = noon): Condition => ({
  type,
  status: 'True',
  reason,
  message: 'as it was',
  lastTransitionTime: rfc3339(at),
});

function asking(approval?: Approval, status: EgressRequest['status'] = {}): EgressRequest {
  return {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRequest',
    metadata: { namespace: 'shop', name: 'a', uid: 'u1', creationTimestamp: rfc3339(noon) },
    spec: {
      targets: ['a.example.com:443'],
      duration: '2h',
      reason: 'incident 4711',
      requestedBy: 'tom',
      ...(approval && { approval }),
    },
    status,
  };
}

const inForce = { ruleSet: 'request-a', expiresAt: rfc3339(noon + 2 * HOUR) };
const over = { ...inForce, expiresAt: rfc3339(noon - HOUR) };
const invalid: Grant = { kind: 'failed', reason: 'Invalid', message: 'no' };

describe('planRequest', () => {
  test.each<[string, EgressRequest, Grant | undefined, string]>([
    ['a new one', asking(), undefined, 'Pending'],
    ['a refused one', asking(refused), undefined, 'Refused: Refused'],
    ['an approved one', asking(approved), granted, 'Approved: Approved, next 2 h'],
    ['one whose rule set is invalid', asking(approved), invalid, 'Failed: Approved, Failed Invalid'],
    [
      'one that has failed before',
      asking(approved, { conditions: [was('Failed', 'Conflict')] }),
      undefined,
      'Failed: Approved, Failed Conflict',
    ],
    [
      'one whose rule set was deleted',
      asking(approved, inForce),
      { kind: 'deleted' },
      'Expired: Approved, Expired RuleSetDeleted',
    ],
    [
      'one whose rule set was deleted before',
      asking(approved, { ...inForce, conditions: [was('Expired', 'RuleSetDeleted')] }),
      undefined,
      'Expired: Approved, Expired RuleSetDeleted',
    ],
    ['one that is over', asking(approved, over), undefined, 'Expired: Approved, Expired'],
  ])('%s', (_, request, grant, expected) => {
    const { status, conditions, nextMs, remove } = planRequest({
      request,
      grant,
      now: noon,
      removeAfter: undefined,
    });
    const texts = conditions.map(({ type, reason }) => (type === reason ? type : `${type} ${reason}`));
    const next = nextMs === undefined ? [] : [`next ${nextMs / HOUR} h`];
    expect([`${status.state}${texts.length > 0 ? ': ' : ''}${texts.join(', ')}`, ...next].join(', ')).toBe(
      expected,
    );
    expect(remove).toBe(false);
  });

  it('says who answered, and why', () => {
    const { conditions } = planRequest({
      request: asking(approved),
      grant: granted,
      now: noon,
      removeAfter: DAY,
    });
    expect(conditions[0]?.message).toBe('approved by olga: incident 4711');
  });

  test.each<[string, EgressRequest, number, boolean]>([
    ['that was never answered', asking(), noon + DAY, true],
    ['that may still be answered', asking(), noon + DAY - 1, false],
    [
      'whose refusal was written long ago',
      asking(refused, { conditions: [was('Refused', 'Refused')] }),
      noon + DAY,
      true,
    ],
    ['whose refusal is not written yet', asking(refused), noon + 9 * DAY, false],
    [
      'whose end was written long ago',
      asking(approved, { ...over, conditions: [was('Expired', 'Expired')] }),
      noon + DAY,
      true,
    ],
    ['whose end is not written yet', asking(approved, over), noon + 9 * DAY, false],
  ])('deletes one %s: %#', (_, request, now, remove) => {
    expect(planRequest({ request, grant: undefined, now, removeAfter: DAY }).remove).toBe(remove);
  });

  it('makes one rule set and never a second one, whenever it is deleted and however late the next look is', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 12 }), (deletions) => {
        const cluster = { request: asking(approved), made: 0 };
        for (const [round, isDeleted] of [false, ...deletions].entries())
          reconcile(cluster, isDeleted, noon + (round * HOUR) / 2);
        const isOver = deletions.length > 3 || deletions.includes(true);
        expect(cluster).toMatchObject({
          made: 1,
          request: { status: { state: isOver ? 'Expired' : 'Approved' } },
        });
      }),
    );
  });
});

interface FakeCluster {
  request: EgressRequest;
  expiresAt?: string | undefined;
  /** How many rule sets were made. */
  made: number;
}

function reconcile(cluster: FakeCluster, isDeleted: boolean, now: number): void {
  const { request } = cluster;
  if (isDeleted) cluster.expiresAt = undefined;
  if (!needsRuleSet(request, now)) {
    cluster.request = written(request, undefined, now);
    return;
  }
  if (request.status?.ruleSet === undefined) {
    cluster.made += 1;
    cluster.expiresAt = renderRuleSet(request, now).spec.expiresAt;
  }
  const { expiresAt } = cluster;
  const found: Grant = expiresAt === undefined ? { kind: 'deleted' } : { ...granted, expiresAt };
  cluster.request = written(request, found, now);
}

function written(request: EgressRequest, grant: Grant | undefined, now: number): EgressRequest {
  const plan = planRequest({ request, grant, now, removeAfter: undefined });
  const conditions = mergeConditions(request.status?.conditions, plan.conditions, { generation: 1, now });
  return { ...request, status: { ...plan.status, conditions } };
}

describe('renderRuleSet', () => {
  it('has what was asked for, an end that counts from now, and who asked and approved', () => {
    expect(renderRuleSet(asking(approved), noon)).toEqual({
      apiVersion: 'zalando.org/v1',
      kind: 'EgressRuleSet',
      metadata: {
        namespace: 'shop',
        name: 'request-a',
        annotations: {
          'egress.zalando.org/request': 'a',
          'egress.zalando.org/requested-by': 'tom',
          'egress.zalando.org/approved-by': 'olga',
        },
        ownerReferences: [
          { apiVersion: 'zalando.org/v1', kind: 'EgressRequest', name: 'a', uid: 'u1', controller: true },
        ],
      },
      spec: {
        targets: ['a.example.com:443'],
        expiresAt: '2026-01-10T14:00:00Z',
        reason: 'incident 4711',
      },
    });
  });
});
