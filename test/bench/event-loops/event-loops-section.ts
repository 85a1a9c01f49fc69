import { figure } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';

export const COMPONENTS = ['webhook', 'controller', 'agent'] as const;
export type Component = (typeof COMPONENTS)[number];

export interface InputFigures {
  name: string;
  /** Objects that the API server refused, of all. */
  refused: number;
  objects: number;
  /** The longest time in which the event loop of a component did nothing else, milliseconds. */
  longest: Partial<Record<Component, number>>;
}

/** Milliseconds, from the issue. */
const MOST = 50;

/** Pure. */
export function eventLoopsSection(figures: readonly InputFigures[]): ReportSection {
  return {
    name: 'event-loops',
    title: 'Event loops: how long the largest inputs block each component',
    blocks: [
      {
        kind: 'goals',
        goals: COMPONENTS.map((component) => {
          const above = figures.filter(({ longest }) => (longest[component] ?? 0) > MOST);
          return {
            text: `${component}: no input blocks the event loop for more than ${MOST} ms`,
            found: above.map(({ name }) => name).join('; ') || 'none',
            met: above.length === 0,
          };
        }),
      },
      {
        kind: 'text',
        text: [
          'The components run as the image starts them, before a real API server, to which a tenant writes objects that are as',
          'large as it takes, once with the webhook and once without it. A probe in each component measures the processor time',
          'of its main thread from one turn of the event loop to the next, from the first write until 2.5 s after the last.',
          'The first line is a rest without input.',
        ].join(' '),
      },
      {
        kind: 'table',
        caption: 'The longest turn of the event loop, milliseconds.',
        head: ['input', 'refused at admission', ...COMPONENTS],
        rows: figures.map(({ name, refused, objects, longest }) => [
          name,
          refused === 0 ? '' : `${refused} of ${objects}`,
          ...COMPONENTS.map((component) => figure(longest[component] ?? 0)),
        ]),
      },
    ],
  };
}
