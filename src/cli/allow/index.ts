/** Exceptions: rule sets that end, and requests for them. */

export { type ExceptionRequest, planException, readException } from './plan-exception.ts';
export { type AskedException, planRequest } from './plan-request.ts';
