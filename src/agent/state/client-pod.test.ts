import { describe, expect, it } from 'vitest';
import { type PodChanges, runningPod as pod } from './client-pod.fixture.ts';
import { trimPod } from './client-pod.ts';

describe('trimPod', () => {
  const sandbox = (status: string) => ({ conditions: [{ type: 'PodReadyToStartContainers', status }] });
  const cases: [string, PodChanges, string[]][] = [
    ['a running pod', {}, ['10.0.0.7']],
    [
      'two families',
      { status: { podIPs: [{ ip: '10.0.0.7' }, { ip: 'FD00::7' }] } },
      ['10.0.0.7', 'fd00::7'],
    ],
    ['no address yet', { status: { podIP: undefined, podIPs: [] } }, []],
    ['on the network of its node', { spec: { hostNetwork: true } }, []],
    ['succeeded', { status: { phase: 'Succeeded' } }, []],
    ['failed', { status: { phase: 'Failed' } }, []],
    ['its sandbox is gone', { status: sandbox('False') }, []],
    ['its sandbox exists', { status: sandbox('True') }, ['10.0.0.7']],
  ];
  it.each(cases)('%s', (_, changes, addresses) => {
    expect(trimPod(pod(changes)).addresses).toEqual(addresses);
  });
});
