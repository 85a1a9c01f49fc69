import { describe, expect, test } from 'vitest';
import type { Condition } from '../../src/api/index.ts';
import type { CoreEvent } from '../../src/kube/index.ts';
import { unreportedOf } from './reported-pods.ts';

const event = (name: string, message = 'pod runs without the proxy variables', reason = 'PodsNotInjected') =>
  ({ reason, message, involvedObject: { name } }) as CoreEvent;
const summed = (text: string) => event('egress', `${text}: pod runs without the proxy variables`);
const condition = (message: string) => ({ type: 'Injected', message }) as Condition;
const counted = (count: number) =>
  condition(
    count === 0
      ? 'every pod that the proxy can serve has the proxy variables'
      : `${count === 1 ? '1 pod runs' : `${count} pods run`} without the proxy variables, created before ...`,
  );
const pods = (count: number) => Array.from({ length: count }, (_, index) => `pod-${index}`);
const named = (count: number) => pods(count).slice(0, 10).join(', ');

describe('unreportedOf', () => {
  test.each<[string, number, CoreEvent[]]>([
    ['none is without variables', 0, []],
    ['each has its Event', 2, [event('pod-0'), event('pod-1')]],
    ['one Event names all', 4, [summed(`4 pods (${named(4)})`)]],
    ['one Event counts those that it does not name', 12, [summed(`12 pods (${named(12)} and 2 more)`)]],
    ['some have their own, others one for all', 5, [event('pod-4'), summed(`4 pods (${named(4)})`)]],
    [
      'two Events count different ones',
      8,
      [summed('4 pods (pod-0, pod-1, pod-2, pod-3)'), summed('4 pods (pod-4, pod-5, pod-6, pod-7)')],
    ],
    ['an Event about former pods is there, too', 1, [event('pod-0'), summed('9 pods (former-0 and 8 more)')]],
  ])('none: %s', (_, count, events) => {
    expect(unreportedOf(pods(count), { events, injected: counted(count) })).toEqual([]);
  });

  test.each<[string, CoreEvent[], string[]]>([
    ['no Event', [], ['pod-0', 'pod-1', 'pod-2', 'pod-3']],
    [
      'an Event for another reason',
      [event('pod-0', '', 'AliasMissing')],
      ['pod-0', 'pod-1', 'pod-2', 'pod-3'],
    ],
    ['an Event of its own for some', [event('pod-0'), event('pod-2')], ['pod-1', 'pod-3']],
    [
      'an Event about former pods, however many',
      [summed('90 pods (former-0 and 89 more)')],
      ['pod-0', 'pod-1', 'pod-2', 'pod-3'],
    ],
    [
      'an Event about former pods and some of these',
      [summed('4 pods (former-0, pod-0, pod-1, pod-2)')],
      ['pod-0', 'pod-1', 'pod-2', 'pod-3'],
    ],
    ['an Event about fewer', [summed('3 pods (pod-0, pod-1 and 1 more)')], ['pod-2', 'pod-3']],
  ])('those that Events leave out: %s', (_, events, expected) => {
    expect(unreportedOf(pods(4), { events, injected: counted(4) })).toEqual(expected);
  });

  test.each([[0], [1], [3]])('the condition, which counts %i instead of 2', (count) => {
    const events = [event('pod-0'), event('pod-1')];
    expect(unreportedOf(pods(2), { events, injected: counted(count) })).toEqual([
      `the condition Injected says: ${counted(count).message}`,
    ]);
  });

  test('the condition, which counts some where none is without variables', () => {
    expect(unreportedOf([], { events: [], injected: counted(1) })).toHaveLength(1);
  });
});
