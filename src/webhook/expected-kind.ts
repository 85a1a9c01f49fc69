import { GROUP } from '../api/index.ts';
import type { AdmissionRequest } from './admission-review.ts';
import { HttpError } from './http-errors.ts';

/** Throws where another kind than the path's own was sent: the webhook configuration is wrong then. */
export function expectKind({ kind }: AdmissionRequest, expected: string): void {
  if (kind.group === GROUP && kind.kind === expected) return;
  const met = kind.group === '' ? kind.kind : `${kind.kind} of ${kind.group}`;
  throw new HttpError('KIND_UNEXPECTED', `this path takes ${expected} of ${GROUP}, not ${met}`);
}
