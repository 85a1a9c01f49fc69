/** Identity and permissions of viewers. */
export {
  type Authenticator,
  SecretAuthenticator,
  TokenAuthenticator,
  type Viewer,
} from './authenticators.ts';
export {
  activityPermission,
  findVisible,
  podsPermission,
  proxiesPermission,
  ruleSetsPermission,
  type Visible,
} from './permissions.ts';
