import { describe, expect, test } from 'vitest';
import type { Pod } from '../../kube/index.ts';
import { bypassesPolicy } from './bypasses-policy.ts';

const main = { name: 'main', image: 'any' };
const withContext = (securityContext: object) => [{ ...main, securityContext }];

describe('bypassesPolicy', () => {
  test.each<[string, Partial<NonNullable<Pod['spec']>>, boolean]>([
    ['a plain pod', {}, false],
    ['a harmless capability', { containers: withContext({ capabilities: { add: ['CHOWN'] } }) }, false],
    [
      'the redirect of transparent mode',
      {
        initContainers: [
          {
            name: 'kube-egress-redirect',
            image: 'any',
            securityContext: { capabilities: { add: ['NET_ADMIN'] } },
          },
        ],
      },
      false,
    ],
    ['hostNetwork', { hostNetwork: true }, true],
    ['hostPID', { hostPID: true }, true],
    ['hostIPC', { hostIPC: true }, true],
    ['hostPath', { volumes: [{ name: 'v', hostPath: { path: '/run' } }] }, true],
    ['privileged', { containers: withContext({ privileged: true }) }, true],
    ['a privileged init container', { initContainers: withContext({ privileged: true }) }, true],
    ['a privileged ephemeral container', { ephemeralContainers: withContext({ privileged: true }) }, true],
    ['NET_ADMIN', { containers: withContext({ capabilities: { add: ['net_admin'] } }) }, true],
    ['CAP_SYS_ADMIN', { containers: withContext({ capabilities: { add: ['CAP_SYS_ADMIN'] } }) }, true],
  ])('%s', (_, spec, expected) => {
    expect(bypassesPolicy({ spec: { containers: [main], ...spec } })).toBe(expected);
  });
});
