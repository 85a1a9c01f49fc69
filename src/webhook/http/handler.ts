import type { Operation } from 'fast-json-patch';
import type { SkipReason } from '../../api/index.ts';
import type { AdmissionRequest } from './admission-review.ts';

/** One fault of an object. */
export interface Cause {
  /** Such as `spec.targets[3]`. */
  field: string;
  message: string;
}

/** The outcome of an admission request. */
export type Verdict =
  | { kind: 'allowed'; warnings?: string[] }
  | { kind: 'skipped'; reason: SkipReason }
  | { kind: 'patched'; patch: Operation[]; annotation: string | undefined; warnings?: string[] }
  /** `causes` is empty where the object is valid and the operation is not allowed now. */
  | { kind: 'denied'; message: string; causes: Cause[]; warnings?: string[] };

export const allowed: Verdict = { kind: 'allowed' };

/** Decides the admission requests of one path. Throws an error of httpErrors only for a wrong webhook configuration. */
export type Handler = (request: AdmissionRequest) => Verdict | Promise<Verdict>;
