/** Exceptions: rule sets that end. */
export { type ExceptionRequest, planException, readException } from './plan-exception.ts';
