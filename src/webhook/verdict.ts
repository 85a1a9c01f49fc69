import type { Operation } from 'fast-json-patch';
import type { SkipReason } from '../api/index.ts';

/** One thing that is wrong with an object. */
export interface Cause {
  /** Such as `spec.targets[3]`. */
  field: string;
  message: string;
}

/** What a handler comes to. */
export type Verdict =
  | { kind: 'allowed'; warnings?: string[] }
  | { kind: 'skipped'; reason: SkipReason }
  | { kind: 'patched'; patch: Operation[]; annotation: string | undefined; warnings?: string[] }
  /** `causes` where the object itself is wrong; none where it may not go now. */
  | { kind: 'denied'; message: string; causes: Cause[]; warnings?: string[] };

export const allowed: Verdict = { kind: 'allowed' };
