import { describe, expect, it } from 'vitest';
import { OURS } from './admission/contenders.ts';
import { admissionApiSection, type PlaceFigures } from './admission-api/admission-api-section.ts';
import { WITHOUT } from './admission-api/places.ts';
import { changeSection, NATIVE, OURS_CHANGE } from './change/change-section.ts';
import { FLOOR, NATIVE_FEW, NATIVE_MANY, OURS_FEW, OURS_MANY } from './data/contenders.ts';
import { dataSection } from './data/data-section.ts';
import type { DataFigures } from './data/measure.ts';
import { eventLoopsSection } from './event-loops/event-loops-section.ts';
import { INJECTED, PLAIN, podStartSection } from './pod-start/pod-start-section.ts';
import type { ReportSection } from './report/section.ts';
import { restSection } from './rest/rest-section.ts';
import { type ComponentFigures, type ScaleFigures, scaleSection } from './scale/scale-section.ts';
import { type AttackFigures, tenantsSection, type VictimFigures } from './tenants/tenants-section.ts';

const met = ({ blocks }: ReportSection) =>
  blocks.flatMap((block) => (block.kind === 'goals' ? block.goals.map((goal) => goal.met) : []));

describe('dataSection', () => {
  const round = (perSecond: number, p50: number, p99: number): DataFigures => {
    const speed = { perSecond, p50, p99 };
    const speeds = { 1: speed, 32: speed, 256: speed };
    const processor = { connect: { squid: 100 }, get: { squid: 100 } };
    return { connect: speeds, get: speeds, tunnel: 1e9, processor, memory: { squid: 1e8 } };
  };
  const measured = (ours: DataFigures[], native: DataFigures[]) =>
    new Map([
      [OURS_FEW, ours],
      [OURS_MANY, ours],
      [NATIVE_FEW, native],
      [NATIVE_MANY, native],
      [FLOOR, native],
    ]);

  it('compares round by round: a machine that is slow for both in one round changes nothing', () => {
    const ours = [round(960, 0.3, 1.1), round(480, 0.6, 2.2)];
    const native = [round(1000, 0.2, 1), round(500, 0.5, 2)];
    expect(met(dataSection(measured(ours, native)))).toEqual([true, true, true, true, true, true]);
  });

  it('says what is missed', () => {
    expect(met(dataSection(measured([round(890, 0.5, 1.3)], [round(1000, 0.2, 1)])))).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('admissionApiSection', () => {
  const round = (p50: number, perSecond: number): PlaceFigures => {
    const figures = { perSecond, p50, p99: 2 * p50, apiServer: 1000, webhook: 200 };
    return { 1: figures, 8: figures, status: figures, calls: 1 };
  };

  it.each([
    { p50: [5.9, 11.9], perSecond: [801, 401], goals: [true, true] },
    { p50: [6.1, 12.1], perSecond: [801, 401], goals: [false, true] },
    { p50: [5.9, 11.9], perSecond: [790, 390], goals: [true, false] },
  ])('$p50 ms and $perSecond creates against the same round without: $goals', ({ p50, perSecond, goals }) => {
    const ours = p50.map((time, index) => round(time, perSecond[index] ?? 0));
    const without = [round(4, 1000), round(10, 500)];
    const section = admissionApiSection(
      new Map([
        [OURS, ours],
        [WITHOUT, without],
      ]),
    );
    expect(met(section)).toEqual(goals);
  });
});

describe('changeSection', () => {
  const section = (times: number[], refused: number) =>
    changeSection(
      new Map([
        [OURS_CHANGE, [{ times, refused, answered: 100 }]],
        [NATIVE, [{ times: [900], refused: 50, answered: 100 }]],
      ]),
    );

  it.each([
    { times: [10, 20], refused: 0, goals: [true, true] },
    { times: [10, 80], refused: 0, goals: [false, true] },
    { times: [10, 20], refused: 1, goals: [true, false] },
  ])('$times ms, $refused refused', ({ times, refused, goals }) => {
    expect(met(section(times, refused))).toEqual(goals);
  });
});

describe('restSection', () => {
  it('the slowest component counts', () => {
    const rests = [{ pods: 1, components: { agent: { memory: 1e8, processor: 1 } } }];
    const figures = { starts: { agent: [300], webhook: [900, 1200, 1300] }, changes: [20], rests };
    expect(met(restSection(figures))).toEqual([false, true]);
  });
});

describe('podStartSection', () => {
  const starts = (running: number[]) => running.map((one) => ({ created: [5], running: [one] }));
  it.each([
    { injected: [1000, 1010], plain: [1005, 1000], isMet: true },
    { injected: [1100, 1110], plain: [1005, 1000], isMet: false },
  ])('$injected against $plain', ({ injected, plain, isMet }) => {
    const measured = new Map([
      [INJECTED, starts(injected)],
      [PLAIN, starts(plain)],
    ]);
    expect(met(podStartSection(measured))).toEqual([isMet]);
  });
});

describe('tenantsSection', () => {
  const got = (p99: number, failed = 0): VictimFigures => ({ p50: 1, p99, answered: 800, failed });
  const attack = (during: VictimFigures, changes: Partial<AttackFigures> = {}): AttackFigures => ({
    ...{ name: 'flood', before: got(10), floor: undefined, during, after: got(10) },
    ...{ memory: { squid: 1e8, agent: 1e8 }, intact: true },
    ...changes,
  });

  it.each<[string, AttackFigures, boolean[]]>([
    ['nothing', attack(got(20)), [true, true, true, true]],
    ['a failed request', attack(got(10, 1)), [false, true, true, true]],
    ['a failed request afterwards', attack(got(10), { after: got(10, 1) }), [false, true, true, true]],
    ['a dead process', attack(got(10), { intact: false }), [true, false, true, true]],
    ['a slow victim', attack(got(21)), [true, true, false, false]],
    ['a machine that is as slow', attack(got(21), { floor: got(11) }), [true, true, false, true]],
    ['no answer at all', attack(got(Number.NaN, 800)), [false, true, false, false]],
  ])('misses the goals of %s', (_, figures, goals) => {
    expect(met(tenantsSection([attack(got(10)), figures], 300))).toEqual([...goals, true]);
  });

  it.each([
    ['-3', true],
    ['1000', true],
    ['1001', false],
  ])('a kill switch after %s ms: %s', (killed, isMet) => {
    expect(met(tenantsSection([], Number(killed))).at(-1)).toBe(isMet);
  });
});

describe('eventLoopsSection', () => {
  const input = (name: string, longest: { webhook?: number; controller?: number; agent?: number }) => ({
    name,
    refused: 1,
    objects: 2,
    longest,
  });

  it('names for each component the inputs that are above the goal', () => {
    const section = eventLoopsSection([
      input('many labels', { webhook: 51, controller: 50, agent: 1 }),
      input('many peers', { webhook: 1, controller: 60, agent: 70 }),
    ]);
    expect(met(section)).toEqual([false, false, false]);
    expect(JSON.stringify(section)).toContain('"found":"many labels","met":false');
    expect(met(eventLoopsSection([input('many labels', { webhook: 50 })]))).toEqual([true, true, true]);
  });
});

describe('scaleSection', () => {
  const component: ComponentFigures = {
    readyMs: 1000,
    memory: 1e8,
    longest: { turn: 20, collected: 5 },
  };
  const figures = (changes: Partial<ScaleFigures> = {}): ScaleFigures => ({
    size: { namespaces: 10_000, pods: 15, ruleSets: 2, targets: 20 },
    first: { ...component, closed: [1000, 90_000], convergedMs: 200_000, writes: [['POST events', 3]] },
    resync: {
      ...component,
      convergedMs: 20_000,
      writes: [],
      requests: [['LIST pods', 9]],
      idle: { seconds: 30, writes: [] },
    },
    agent: { ...component, decisions: [0.2, 0.4] },
    webhook: component,
    ...changes,
  });
  const { first, resync, agent } = figures();

  it.each<[string, Partial<ScaleFigures>]>([
    ['a namespace that is closed late', { first: { ...first, closed: [1000, 130_000] } }],
    ['a slow resync', { resync: { ...resync, convergedMs: 70_000 } }],
    [
      'a write without a change',
      { resync: { ...resync, idle: { seconds: 30, writes: [['POST events', 1]] } } },
    ],
    ['a large controller', { resync: { ...resync, memory: 6e8 } }],
    ['a slow agent', { agent: { ...agent, readyMs: 40_000 } }],
    ['a slow decision', { agent: { ...agent, decisions: [0.2, 2] } }],
    ['a blocked webhook', { webhook: { ...component, longest: { turn: 60, collected: 5 } } }],
  ])('misses one goal with %s', (_, changes) => {
    expect(met(scaleSection([figures(), figures()]))).not.toContain(false);
    expect(met(scaleSection([figures(), figures(changes)])).filter((isMet) => !isMet)).toHaveLength(1);
  });
});
