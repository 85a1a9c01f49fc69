/** What a support bundle leaves out. Pure. */
export { REDACTED, redact, redactText } from './redact.ts';
