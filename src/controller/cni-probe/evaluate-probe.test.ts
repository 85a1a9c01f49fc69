import { describe, expect, test } from 'vitest';
import { evaluateProbe, type ProbedPath, type ProbedReplica } from './evaluate-probe.ts';

const closed: ProbedPath = { kind: 'closed' };
const open: ProbedPath = { kind: 'open' };
const unknown: ProbedPath = { kind: 'unknown', why: 'the agent does not answer' };
const replica = (ingress: ProbedPath, egress: ProbedPath, reachable = true): ProbedReplica => {
  return { name: 'egress-proxy/squid-1', reachable, ingress, egress };
};

describe('evaluateProbe', () => {
  test.each<[string, ProbedReplica[], string]>([
    ['both paths are closed', [replica(closed, closed)], 'True Enforced'],
    ['egress was not probed', [replica(closed, unknown)], 'True Enforced'],
    ['ingress is open', [replica(open, closed)], 'False NotEnforced'],
    ['egress is open', [replica(closed, open)], 'False NotEnforced'],
    [
      'one open path among many closed ones',
      [replica(closed, closed), replica(open, unknown)],
      'False NotEnforced',
    ],
    [
      'an open path counts even if the allowed one is closed',
      [replica(open, closed, false)],
      'False NotEnforced',
    ],
    ['nothing is reachable at all', [replica(closed, closed, false)], 'Unknown ProbeInconclusive'],
    ['ingress is unknown', [replica(unknown, closed)], 'Unknown ProbeInconclusive'],
    [
      'one conclusive replica is enough',
      [replica(closed, closed, false), replica(closed, closed)],
      'True Enforced',
    ],
    ['no replica', [], 'Unknown ProbeInconclusive'],
  ])('%s', (_, replicas, expected) => {
    const { status, reason } = evaluateProbe(replicas);
    expect(`${status} ${reason}`).toBe(expected);
  });

  test('names the open path', () => {
    expect(evaluateProbe([replica(open, closed)]).message).toContain(
      'egress-proxy/squid-1 accepts connections',
    );
    expect(evaluateProbe([replica(closed, unknown)]).message).toContain('the agent does not answer');
  });
});
