import type { Named } from '../kube/index.ts';
import type { Source } from './knowledge/mirror.ts';

/** How what is known stands. Only `unknown` keeps the agent from answering. */
export type Freshness =
  | { kind: 'unknown'; waitingFor: string[] }
  /** Every kind has been listed whole since the start. */
  | { kind: 'synced' }
  /** The API server is away or does not let us list; decisions rest on the snapshot from disk. */
  | { kind: 'stale'; savedAt: string };

type Followed = Pick<Source<Named>, 'hasSynced' | 'health'>;

export interface FreshnessOptions {
  sources: Readonly<Record<string, Followed>>;
  /** When the snapshot that was read at the start was written; undefined where there was none. */
  savedAt: string | undefined;
  /** Milliseconds since the start. */
  ageMs: number;
}

/** Milliseconds for which a consistent list is waited for before the snapshot counts. */
const LIST_FIRST = 3000;

/** A list comes first where the API server answers; the snapshot is for when it does not. */
export function judgeFreshness({ sources, savedAt, ageMs }: FreshnessOptions): Freshness {
  const missing = Object.entries(sources).filter(([, { hasSynced }]) => !hasSynced);
  if (missing.length === 0) return { kind: 'synced' };
  const fails = missing.some(([, { health }]) => !health.ok && health.reason !== 'Pending');
  if (fails && savedAt !== undefined && ageMs >= LIST_FIRST) return { kind: 'stale', savedAt };
  return { kind: 'unknown', waitingFor: missing.map(([name, source]) => `${name}: ${troubleOf(source)}`) };
}

function troubleOf({ health }: Followed): string {
  return health.ok ? 'being listed' : health.message;
}
