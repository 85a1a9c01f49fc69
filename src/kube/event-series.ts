import type { KubeObject } from './object.ts';

export type EventType = 'Normal' | 'Warning';

/** The object that an Event is about, or the known part of it. */
export type Regarding = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string };
};

/** What is said about an object. */
export interface Occurrence {
  regarding: Regarding;
  type: EventType;
  reason: string;
  message: string;
}

/** The occurrences that one Event counts. */
export interface EventSeries extends Occurrence {
  /** RFC 3339, as is `lastAt`. */
  firstAt: string;
  lastAt: string;
  count: number;
  /** Name of the Event; undefined before it is created. */
  name: string | undefined;
  /** The count in the Event on the API server. */
  written: number;
}

export function beginSeries(occurrence: Occurrence, at: string): EventSeries {
  return { ...occurrence, firstAt: at, lastAt: at, count: 0, name: undefined, written: 0 };
}
