/** Objects of the cluster as a SquidStage gives them to its agent. */
import { API_VERSION, label } from '../../../../src/api/index.ts';

export function enforcedNamespace(name: string, labels: Record<string, string> = {}) {
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: { name, labels: { [label.mode]: 'enforce', ...labels } },
  };
}

export interface RunningPod {
  namespace: string;
  name: string;
  ip: string;
  labels?: Record<string, string>;
  phase?: string;
}

export function runningPod({ namespace, name, ip, labels = {}, phase = 'Running' }: RunningPod) {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { namespace, name, labels },
    spec: { containers: [] },
    status: { phase, podIP: ip, podIPs: [{ ip }] },
  };
}

export function ruleSet(namespace: string, targets: readonly string[], name = 'rules') {
  return { kind: 'EgressRuleSet', apiVersion: API_VERSION, metadata: { namespace, name }, spec: { targets } };
}
