import type { Source } from '../../cluster/index.ts';
import type { Named } from '../../kube/index.ts';

/** How current the policy state is. Only an `unknown` one keeps the agent from answering. */
export type Freshness =
  | { kind: 'unknown'; waitingFor: string[] }
  /** Every kind has been listed completely since the start. */
  | { kind: 'synced' }
  /** The API server is unreachable or denies the list; decisions use the snapshot on disk. */
  | { kind: 'stale'; savedAt: string };

type SourceHealth = Pick<Source<Named>, 'hasSynced' | 'health'>;

export interface FreshnessFacts {
  sources: Readonly<Record<string, SourceHealth>>;
  /** Time of the snapshot that was read at the start; undefined if there was none. */
  savedAt: string | undefined;
  /** Milliseconds since the start. */
  ageMs: number;
}

/** Milliseconds for which the agent waits for a consistent list before it uses the snapshot. */
const LIST_FIRST = 3000;

/** The list of an API server that answers takes precedence; the snapshot is for one that does not. */
export function evaluateFreshness({ sources, savedAt, ageMs }: FreshnessFacts): Freshness {
  const missing = Object.entries(sources).filter(([, { hasSynced }]) => !hasSynced);
  if (missing.length === 0) return { kind: 'synced' };
  const fails = missing.some(([, { health }]) => !health.ok && health.reason !== 'Pending');
  if (fails && savedAt !== undefined && ageMs >= LIST_FIRST) return { kind: 'stale', savedAt };
  return { kind: 'unknown', waitingFor: missing.map(([name, source]) => `${name}: ${stateOf(source)}`) };
}

function stateOf({ health }: SourceHealth): string {
  return health.ok ? 'being listed' : health.message;
}
