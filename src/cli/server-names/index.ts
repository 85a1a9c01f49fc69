/** What tlsServerName does to the tunnels of a namespace. Pure. */
export { describeEnded, noteEnded } from './describe-ended.ts';
