/** Who looks, and what they may see. */
export {
  activityPermission,
  findVisible,
  podsPermission,
  proxiesPermission,
  ruleSetsPermission,
  type Visible,
} from './permissions.ts';
export { SecretGate } from './secret-gate.ts';
export { TokenGate } from './token-gate.ts';
export type { Gate, Viewer } from './viewer.ts';
