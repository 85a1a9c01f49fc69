import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateProbe, type ProbedPath, type ProbedReplica } from './evaluate-probe.ts';
import { OPEN_FOR, OpenPaths } from './open-paths.ts';

const closed: ProbedPath = { kind: 'closed' };
const open: ProbedPath = { kind: 'open' };
const unknown: ProbedPath = { kind: 'unknown', why: 'the agent does not answer' };
const replica = (name: string, ingress: ProbedPath, egress: ProbedPath = closed): ProbedReplica => {
  return { name, reachable: true, ingress, egress };
};

/** Conditions after each look; `at`: seconds. */
function looks(...each: { at: number; replicas: ProbedReplica[] }[]): string[] {
  const paths = new OpenPaths();
  return each.map(({ at, replicas }) => {
    const { status, reason } = evaluateProbe(paths.confirm(replicas, at * 1000));
    return `${status} ${reason}`;
  });
}

describe('OpenPaths', () => {
  test('a network that stops enforcing is found after repeated looks', () => {
    expect(
      looks(
        { at: 0, replicas: [replica('a', closed)] },
        { at: 30, replicas: [replica('a', open)] },
        { at: 35, replicas: [replica('a', open)] },
        { at: 40, replicas: [replica('a', open)] },
        { at: 45, replicas: [replica('a', open)] },
      ),
    ).toEqual([
      'True Enforced',
      'Unknown ProbeInconclusive',
      'Unknown ProbeInconclusive',
      'Unknown ProbeInconclusive',
      'False NotEnforced',
    ]);
  });

  test.each<[string, ProbedReplica, ProbedReplica]>([
    ['ingress', replica('new', open), replica('new', closed)],
    ['egress', replica('new', closed, open), replica('new', closed, closed)],
  ])('a new pod that the CNI does not know yet is no news: %s', (_, first, then) => {
    const other = replica('old', closed);
    expect(
      looks(
        { at: 0, replicas: [other] },
        { at: 3, replicas: [other, first] },
        { at: 8, replicas: [other, first] },
        { at: 13, replicas: [other, then] },
        { at: 43, replicas: [then] },
      ),
    ).toEqual(Array(5).fill('True Enforced'));
  });

  test('pods of a rollout, each open for a moment, add up to nothing', () => {
    const each = Array.from({ length: 20 }, (_, index) => ({
      at: 5 * index,
      replicas: [replica(`pod-${index}`, open)],
    }));
    expect(new Set(looks(...each))).toEqual(new Set(['Unknown ProbeInconclusive']));
  });

  test('a look without a result does not begin again', () => {
    const at = (seconds: number, path: ProbedPath) => ({ at: seconds, replicas: [replica('a', path)] });
    expect(looks(at(0, open), at(5, unknown), at(20, open)).at(-1)).toBe('False NotEnforced');
    expect(looks(at(0, open), at(5, closed), at(20, open)).at(-1)).toBe('Unknown ProbeInconclusive');
  });

  test('says for how long the path is open', () => {
    const paths = new OpenPaths();
    paths.confirm([replica('a', open)], 0);
    expect(evaluateProbe(paths.confirm([replica('a', open)], 5000)).message).toContain('a: open for 5 s');
  });

  test('a path counts as open exactly when every look with a result has found it open for so long', () => {
    const kinds = fc.constantFrom(open, closed, unknown);
    const look = fc.record({ path: kinds, at: fc.integer({ min: 0, max: 120_000 }) });
    const inOrder = (each: { path: ProbedPath; at: number }[]) => each.toSorted((a, b) => a.at - b.at);
    /** Since the last look that found it closed. */
    const openFor = (seen: { path: ProbedPath; at: number }[]): number => {
      const since = seen.slice(seen.findLastIndex(({ path }) => path === closed) + 1);
      const first = since.find(({ path }) => path === open);
      return (seen.at(-1)?.at ?? 0) - (first?.at ?? Number.POSITIVE_INFINITY);
    };
    fc.assert(
      fc.property(fc.array(look).map(inOrder), (sequence) => {
        const paths = new OpenPaths();
        for (const [index, { path, at }] of sequence.entries()) {
          const [seen] = paths.confirm([replica('a', path)], at);
          const isLong = path === open && openFor(sequence.slice(0, index + 1)) >= OPEN_FOR;
          expect(seen?.ingress.kind === 'open').toBe(isLong);
        }
      }),
    );
  });
});
