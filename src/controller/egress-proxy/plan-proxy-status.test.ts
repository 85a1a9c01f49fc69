import { describe, expect, test } from 'vitest';
import type { GenerationState } from '../state/agent-generations.ts';
import { type ProxyStatusInput, planProxyStatus } from './plan-proxy-status.ts';

type Status = NonNullable<NonNullable<ProxyStatusInput['deployment']>['status']>;
const deployment = (status: Status) => ({ metadata: { name: 'squid', generation: 2 }, status });
const rolledOut = deployment({ observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 });
const replicas = (...states: GenerationState[]) =>
  states.map((state, index) => ({ name: `egress-proxy/squid-${index}`, state }));

const good: ProxyStatusInput = {
  generation: 1,
  faults: [],
  outcome: { conflicts: [], failure: undefined },
  deployment: rolledOut,
  replicas: replicas('current', 'current'),
  url: 'http://squid.egress-proxy.svc.cluster.local:3128',
  effectiveNoProxy: 'localhost',
  namespaces: 3,
  factProblems: [],
  discovered: {},
  transparentImage: undefined,
  dnsAddresses: [],
  previousDnsAddresses: [],
  trust: { hash: undefined, condition: undefined },
  previous: undefined,
};

describe('planProxyStatus', () => {
  test.each<[string, Partial<ProxyStatusInput>, string, string]>([
    ['all objects are applied', {}, 'True Programmed', 'True Ready'],
    [
      'a spec that is not valid',
      { faults: [{ field: 'spec.port', reason: 'OutOfRange', message: 'no port' }] },
      'False Invalid',
      'True Ready',
    ],
    [
      'a conflict',
      { outcome: { conflicts: ['Service egress-proxy/squid'], failure: undefined } },
      'False Conflict',
      'True Ready',
    ],
    [
      'a missing permission',
      { outcome: { conflicts: [], failure: { reason: 'PermissionDenied', message: 'may not' } } },
      'False PermissionDenied',
      'True Ready',
    ],
    [
      'nothing exists yet',
      { deployment: undefined, replicas: [] },
      'False NoReadyReplica',
      'False NoReadyReplica',
    ],
    [
      'a rollout that the Deployment controller has not observed',
      { deployment: deployment({ ...rolledOut.status, observedGeneration: 1 }) },
      'False Pending',
      'True Ready',
    ],
    [
      'a rollout half-way',
      { deployment: deployment({ ...rolledOut.status, replicas: 3, updatedReplicas: 1 }) },
      'False Pending',
      'True Ready',
    ],
    [
      'a replica that decides by an older generation',
      { replicas: replicas('current', 'outdated') },
      'False Pending',
      'True Ready',
    ],
    [
      'a replica that does not answer',
      { replicas: replicas('current', 'unreachable') },
      'False AgentUnreachable',
      'True Ready',
    ],
  ])('%s', (_, input, programmed, ready) => {
    const { conditions } = planProxyStatus({ ...good, ...input });
    const found = conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    expect(found).toContain(`Programmed ${programmed}`);
    expect(found).toContain(`Ready ${ready}`);
  });
});
