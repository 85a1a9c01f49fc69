/** Identity and permissions of viewers. */
export {
  type Authenticator,
  type OwnClient,
  SecretAuthenticator,
  TokenAuthenticator,
  type Viewer,
} from './authenticators.ts';
export {
  activityPermission,
  approveOwnPermission,
  approvePermission,
  findVisible,
  podsPermission,
  proxiesPermission,
  requestsPermission,
  ruleSetsPermission,
  type Visible,
} from './permissions.ts';
export { withTokenOf } from './with-token.ts';
