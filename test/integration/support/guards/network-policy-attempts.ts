import type { Attempt } from './attempt.ts';

const CREATE = 'create -f -';

const policy = (egress: object[] | undefined, namespace = 'enforced', labels = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'tried', namespace, labels },
  spec: { podSelector: {}, policyTypes: egress ? ['Egress'] : ['Ingress'], ...(egress ? { egress } : {}) },
});
const internet = [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }];

export const networkPolicyAttempts: Attempt[] = [
  {
    name: 'egress to anywhere',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{}]),
    refused: 'without "to"',
  },
  { name: 'egress to a range', who: 'tenant', kubectl: CREATE, object: policy(internet), refused: 'ipBlock' },
  {
    name: 'egress to any pod',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{ to: [{ namespaceSelector: {} }] }]),
  },
  {
    name: 'egress to any pod in strict mode',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{ to: [{ namespaceSelector: {} }] }], 'strict'),
    refused: 'strict mode',
  },
  {
    name: 'egress to any pod where the EgressProxy sets strict mode',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{ to: [{ namespaceSelector: {} }] }], 'strict-by-proxy'),
    refused: 'its EgressProxy has inClusterTraffic: Deny',
  },
  {
    name: 'egress to its own pods where the EgressProxy sets strict mode',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{ to: [{ podSelector: {} }] }], 'strict-by-proxy'),
    refused: 'its EgressProxy has inClusterTraffic: Deny',
  },
  {
    name: 'no egress at all where the EgressProxy sets strict mode',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([], 'strict-by-proxy'),
  },
  {
    name: 'an operator where the EgressProxy sets strict mode',
    who: 'operator',
    kubectl: CREATE,
    object: policy(internet, 'strict-by-proxy'),
  },
  { name: 'a policy for ingress', who: 'tenant', kubectl: CREATE, object: policy(undefined) },
  { name: 'an operator', who: 'operator', kubectl: CREATE, object: policy(internet) },
  { name: 'the controller', who: 'controller', kubectl: CREATE, object: policy(internet) },
  {
    name: 'a namespace that is not enforced',
    who: 'tenant',
    kubectl: CREATE,
    object: policy(internet, 'observed'),
  },
];
