import { describe, expect, test } from 'vitest';
import { ApiError } from '../../kube/index.ts';
import { describeMissingRights, isDeniedByRbac } from './rights.ts';

const REQUEST = 'PATCH /apis/apps/v1/namespaces/team/deployments/squid';
const controller = 'system:serviceaccount:kube-egress-system:kube-egress-controller';

describe('isDeniedByRbac', () => {
  test.each([
    [
      'RBAC',
      403,
      `deployments.apps "squid" is forbidden: User "${controller}" cannot patch resource "deployments" in API group "apps" in the namespace "team"`,
      true,
    ],
    ['a quota', 403, 'deployments.apps "squid" is forbidden: exceeded quota: small', false],
    ['a webhook', 403, 'admission webhook "x.example.com" denied the request: User "x" is unknown', false],
    ['a conflict', 409, `User "${controller}" cannot patch resource "deployments"`, false],
  ])('%s', (_, status, message, expected) => {
    expect(isDeniedByRbac(new ApiError(REQUEST, status, { reason: 'Forbidden', message }))).toBe(expected);
  });

  test('a lost connection', () => {
    expect(isDeniedByRbac(new Error('socket hang up'))).toBe(false);
  });
});

describe('describeMissingRights', () => {
  test('says what is missing and the whole command', () => {
    const { reason, message } = describeMissingRights(
      { namespace: 'team', productNamespace: 'kube-egress-system' },
      'cannot list secrets',
    );
    expect(reason).toBe('RightsMissing');
    expect(message).toBe(
      'the controller has no rights on objects of proxies in the namespace team (cannot list secrets): run kubectl create rolebinding kube-egress-controller -n team --clusterrole=kube-egress-proxies --serviceaccount=kube-egress-system:kube-egress-controller',
    );
  });
});
