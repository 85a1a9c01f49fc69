/** What each namespace may use of a proxy pod, so that none takes it from the others. */
export { type Admission, ClientLimits, ownerOf } from './client-limits.ts';
