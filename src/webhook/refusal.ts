import { type Fault, renderFaults, renderTextFault, type Validation } from '../rules/index.ts';
import type { Cause, Verdict } from './verdict.ts';

/** A validator's findings as a verdict: all faults at once, warnings in either case. */
export function verdictOf({ faults, warnings }: Validation): Verdict {
  if (faults.length === 0) return { kind: 'allowed', warnings };
  return { kind: 'denied', message: renderFaults(faults), causes: faults.map(causeOf), warnings };
}

function causeOf(fault: Fault): Cause {
  return { field: fault.field, message: `${renderTextFault(fault)} (${fault.reason})` };
}
