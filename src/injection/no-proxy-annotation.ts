import { annotation } from '../api/index.ts';

/** Entries of an annotation no-proxy that are read: as many as the EgressProxy's `noProxy` may have. */
export const MOST_ENTRIES = 256;

/** Characters of it that are read: more would not fit into NO_PROXY (NO_PROXY_CAP). */
export const MOST_CHARACTERS = 16 * 1024;

export interface AnnotationEntries {
  entries: readonly string[];
  /** Whether the annotation has more than `entries`. */
  isCut: boolean;
}

/**
 * The entries of an annotation no-proxy that are read. A tenant may write 256 kB: to check so many entries would cost
 * the webhook up to two seconds for each pod, and the EgressActivity would list them.
 */
export function readAnnotation(text: string | undefined): AnnotationEntries {
  if (text === undefined) return { entries: [], isCut: false };
  const isLong = text.length > MOST_CHARACTERS;
  const found = text.slice(0, MOST_CHARACTERS).split(',', MOST_ENTRIES + 1);
  // The last entry of a long text may be cut in the middle, and would then be another name.
  const whole = isLong ? found.slice(0, -1) : found;
  return { entries: whole.slice(0, MOST_ENTRIES), isCut: isLong || found.length > MOST_ENTRIES };
}

/** What is left out of an annotation that is cut. */
export function describeRest({ entries }: AnnotationEntries): string {
  return `${annotation.noProxy} after its first ${entries.length} entries`;
}

/** A warning for who creates a pod with an annotation that is cut. */
export function warnOfRest(read: AnnotationEntries): string {
  return `NO_PROXY lacks what the pod's annotation ${describeRest(read)} has: at most ${MOST_ENTRIES} entries and ${MOST_CHARACTERS} characters are read. Write suffixes such as .corp.example instead of single names.`;
}
