import type { Condition } from '../../src/api/index.ts';
import type { CoreEvent } from '../../src/kube/index.ts';

/** What the controller says of the pods of a namespace. */
export interface Reports {
  /** The namespace's Events, those of former pods included. */
  events: readonly CoreEvent[];
  /** The condition Injected of its EgressActivity. */
  injected: Condition | undefined;
}

/** The text that begins a message about several pods: their number, up to ten names, and how many are not named. */
const SUMMED = /^(\d+) pods \((.*?)(?: and \d+ more)?\): /;

/**
 * The pods without variables that no Event reports, and a text if the condition Injected counts others. An Event about
 * several pods reports its number of them if each that it names is one of them: one about former pods reports none.
 */
export function unreportedOf(without: readonly string[], { events, injected }: Reports): string[] {
  const ours = new Set(without);
  const about = events.filter(({ reason }) => reason === 'PodsNotInjected');
  const named = new Set(about.map(({ involvedObject }) => involvedObject.name));
  const summed = about.map(summedOf).filter(({ names }) => names.every((name) => ours.has(name)));
  const left = without.filter((name) => !named.has(name));
  const reported = summed.reduce((total, { count }) => total + count, 0);
  const listed = new Set(summed.flatMap(({ names }) => names));
  return [
    ...(reported >= left.length ? [] : left.filter((name) => !listed.has(name))),
    ...miscounts(without.length, injected),
  ];
}

function summedOf({ message = '' }: CoreEvent): { count: number; names: string[] } {
  const [, count, names] = SUMMED.exec(message) ?? [];
  return count === undefined
    ? { count: 0, names: [] }
    : { count: Number(count), names: names?.split(', ') ?? [] };
}

function miscounts(count: number, injected: Condition | undefined): string[] {
  const [, counted = '0'] = /^(\d+) pods? runs? without/.exec(injected?.message ?? '') ?? [];
  return Number(counted) === count ? [] : [`the condition Injected says: ${injected?.message}`];
}
