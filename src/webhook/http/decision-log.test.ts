import { describe, expect, it } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { admissionRequest } from '../cluster/cluster.fixture.ts';
import { DecisionLog } from './decision-log.ts';
import type { Verdict } from './handler.ts';

function decisionLog() {
  const state = { now: 0 };
  const lines: { level: string; fields: object }[] = [];
  const log = {
    ...silentLog,
    debug: (fields: object) => void lines.push({ level: 'debug', fields }),
    info: (fields: object) => void lines.push({ level: 'info', fields }),
  };
  const clock = { now: () => state.now, monotonic: () => state.now, after: () => () => {} };
  return { decisions: new DecisionLog(log, clock), lines, state };
}

const skipped: Verdict = { kind: 'skipped', reason: 'ProxyUnknown' };
const pod = (namespace: string) =>
  admissionRequest({ namespace, object: { metadata: { generateName: 'app-' } } });

describe('DecisionLog', () => {
  it('tells one skip a minute for each namespace at info, the rest at debug', () => {
    const { decisions, lines, state } = decisionLog();
    for (const namespace of ['a', 'a', 'b']) decisions.decided(pod(namespace), skipped);
    state.now = 60_000;
    decisions.decided(pod('a'), skipped);
    expect(lines.map(({ level }) => level)).toEqual(['info', 'debug', 'info', 'info']);
  });

  it.each<{ name: string; verdict: Verdict; level: string }>([
    { name: 'a patch', verdict: { kind: 'patched', patch: [], annotation: undefined }, level: 'debug' },
    { name: 'an allowed rule set', verdict: { kind: 'allowed' }, level: 'debug' },
    { name: 'a second call', verdict: { kind: 'skipped', reason: 'AlreadyInjected' }, level: 'debug' },
    { name: 'a refusal', verdict: { kind: 'denied', message: 'no', causes: [] }, level: 'info' },
  ])('tells $name at $level', ({ verdict, level }) => {
    const { decisions, lines } = decisionLog();
    decisions.decided(pod('a'), verdict);
    expect(lines).toMatchObject([
      { level, fields: { namespace: 'a', name: 'app-*', verdict: verdict.kind } },
    ]);
  });
});
