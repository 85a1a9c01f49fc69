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
    ['both ways are closed', [replica(closed, closed)], 'True Enforced'],
    ['the way out was not probed', [replica(closed, unknown)], 'True Enforced'],
    ['the way in is open', [replica(open, closed)], 'False NotEnforced'],
    ['the way out is open', [replica(closed, open)], 'False NotEnforced'],
    [
      'one open way among many closed ones',
      [replica(closed, closed), replica(open, unknown)],
      'False NotEnforced',
    ],
    [
      'an open way shows even where the allowed one is closed',
      [replica(open, closed, false)],
      'False NotEnforced',
    ],
    ['nothing comes through at all', [replica(closed, closed, false)], 'Unknown ProbeInconclusive'],
    ['the way in is unknown', [replica(unknown, closed)], 'Unknown ProbeInconclusive'],
    [
      'one replica that tells is enough',
      [replica(closed, closed, false), replica(closed, closed)],
      'True Enforced',
    ],
    ['no replica', [], 'Unknown ProbeInconclusive'],
  ])('%s', (_, replicas, expected) => {
    const { status, reason } = evaluateProbe(replicas);
    expect(`${status} ${reason}`).toBe(expected);
  });

  test('names the way that is open', () => {
    expect(evaluateProbe([replica(open, closed)]).message).toContain(
      'egress-proxy/squid-1 accepts connections',
    );
    expect(evaluateProbe([replica(closed, unknown)]).message).toContain('the agent does not answer');
  });
});
