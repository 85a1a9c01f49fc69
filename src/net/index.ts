/** Whether a TCP port can be reached. */
export { isClosed } from './is-closed.ts';
export { type Attempt, tryConnect } from './try-connect.ts';
