import { API_VERSION, type EgressRequest } from '../../api/index.ts';
import { UsageError } from '../command-line/index.ts';
import { readDuration } from '../suggest/index.ts';
import { type ExceptionRequest, planException } from './plan-exception.ts';

export interface AskedException extends Omit<ExceptionRequest, 'forMs'> {
  /** Such as `2h`. */
  duration: string;
  /** The name by which the API server knows the user who asks. */
  requestedBy: string;
}

/** The EgressRequest for an exception. Throws UsageError with every fault. */
export function planRequest({ duration, requestedBy, ...exception }: AskedException): EgressRequest {
  const { metadata, spec } = planException({ ...exception, forMs: readDuration(duration, '--for') });
  if (!DURATION.test(duration))
    throw new UsageError(
      `--for: "${duration}" is no duration of a request: write 90m, 36h or 7d, up to 999d`,
    );
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRequest',
    metadata,
    spec: {
      targets: spec.targets,
      ...(spec.podSelector && { podSelector: spec.podSelector }),
      duration,
      reason: exception.reason,
      requestedBy,
    },
  };
}

/** What the schema of the kind takes. */
const DURATION = /^[1-9]\d{0,2}[mhd]$/;
