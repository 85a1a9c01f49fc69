import type { Attempt } from './attempt.ts';

const CREATE = 'create -f -';

const slice = (address: string, addressType = 'IPv4') => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'tried', namespace: 'enforced', labels: { 'kubernetes.io/service-name': 'any' } },
  addressType,
  endpoints: [{ addresses: [address] }],
  ports: [],
});
const endpoints = (ip: string) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'tried', namespace: 'enforced' },
  subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }],
});
const plainService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'tried', namespace: 'enforced' },
};
const externalName = (name: string) => ({
  ...plainService,
  spec: { type: 'ExternalName', externalName: name },
});

export const serviceAttempts: Attempt[] = [
  {
    name: 'a slice that leads out',
    who: 'tenant',
    kubectl: CREATE,
    object: slice('203.0.113.1'),
    refused: 'must be those of pods',
  },
  {
    name: 'a slice of names',
    who: 'tenant',
    kubectl: CREATE,
    object: slice('example.com', 'FQDN'),
    refused: 'leads out',
  },
  { name: "a slice of a pod's address", who: 'tenant', kubectl: CREATE, object: slice('10.244.1.7') },
  {
    name: 'Endpoints that lead out',
    who: 'tenant',
    kubectl: CREATE,
    object: endpoints('203.0.113.1'),
    refused: 'must be those of pods',
  },
  {
    name: 'the endpoint slice controller',
    who: 'endpointSliceController',
    kubectl: CREATE,
    object: slice('203.0.113.1'),
  },
  {
    name: 'a Service that claims a public address',
    who: 'tenant',
    kubectl: CREATE,
    object: { ...plainService, spec: { ports: [{ port: 80 }], externalIPs: ['203.0.113.1'] } },
    refused: 'externalIPs',
  },
  {
    name: 'a Service that claims none',
    who: 'tenant',
    kubectl: CREATE,
    object: { ...plainService, spec: { ports: [{ port: 80 }] } },
  },
  {
    name: 'ExternalName outside',
    who: 'tenant',
    kubectl: CREATE,
    object: externalName('example.com'),
    refused: 'leads out of the cluster',
  },
  {
    name: 'ExternalName that ends alike',
    who: 'tenant',
    kubectl: CREATE,
    object: externalName('a.b.svc.cluster.local.example.com'),
    refused: 'leads out of the cluster',
  },
  {
    name: 'ExternalName inside',
    who: 'tenant',
    kubectl: CREATE,
    object: externalName('a.b.svc.cluster.local'),
  },
  {
    name: 'ExternalName by an operator',
    who: 'operator',
    kubectl: CREATE,
    object: externalName('example.com'),
  },
];
