import type { AdmissionRequest } from './admission-review.ts';
import type { Cause, Verdict } from './handler.ts';

/**
 * Characters. The API server cuts a warning at 256 and all of a request's at 4,096
 * (k8s.io/apiserver/pkg/endpoints/filters/warning.go).
 */
const WARNING_LENGTH = 256;

/** The AdmissionReview that answers a request, as JSON. */
export function renderResponse(request: AdmissionRequest, verdict: Verdict): string {
  const uid = JSON.stringify(request.uid);
  const allowed = verdict.kind !== 'denied';
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":${uid},"allowed":${allowed}${fields(request, verdict)}}}`;
}

/** The further fields of the response. */
function fields(request: AdmissionRequest, verdict: Verdict): string {
  switch (verdict.kind) {
    case 'skipped':
      return '';
    case 'allowed':
      return warnings(verdict.warnings);
    case 'patched':
      return `,"patchType":"JSONPatch","patch":"${Buffer.from(JSON.stringify(verdict.patch)).toString('base64')}"${warnings(verdict.warnings)}`;
    case 'denied': {
      const { message, causes } = verdict;
      return `,"status":${JSON.stringify(status(request, message, causes))}${warnings(verdict.warnings)}`;
    }
  }
}

/** kubectl prints kind, name and one line for each cause, as it does for a built-in kind. */
function status(request: AdmissionRequest, message: string, causes: readonly Cause[]): object {
  const base = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message };
  if (causes.length === 0) return { ...base, reason: 'Forbidden', code: 403 };
  return {
    ...base,
    reason: 'Invalid',
    code: 422,
    details: {
      group: request.kind.group,
      kind: request.kind.kind,
      ...(request.name === undefined ? {} : { name: request.name }),
      causes: causes.map(({ field, message }) => ({ reason: 'FieldValueInvalid', field, message })),
    },
  };
}

function warnings(list: string[] | undefined): string {
  if (list === undefined || list.length === 0) return '';
  return `,"warnings":${JSON.stringify(list.map(shorten))}`;
}

function shorten(line: string): string {
  return line.length > WARNING_LENGTH ? `${line.slice(0, WARNING_LENGTH - 1)}…` : line;
}
