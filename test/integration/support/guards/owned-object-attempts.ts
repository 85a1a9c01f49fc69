import type { Attempt } from './attempt.ts';

const CREATE = 'create -f -';

const owned = (metadata: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'squid-squid',
    namespace: 'egress-proxy',
    labels: { 'app.kubernetes.io/managed-by': 'kube-egress' },
    ...metadata,
  },
});

export const ownedAttempts: Attempt[] = [
  {
    name: 'our policy is deleted',
    who: 'tenant',
    kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'our label is taken off',
    who: 'tenant',
    kubectl: 'label networkpolicy enforce-egress-proxy -n enforced app.kubernetes.io/managed-by-',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'our Deployment is changed',
    who: 'tenant',
    kubectl: 'set image deployment/squid -n egress-proxy squid=other',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'our Deployment is scaled',
    who: 'tenant',
    kubectl: 'scale deployment/squid -n egress-proxy --replicas=0',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'an object is made in our name',
    who: 'tenant',
    kubectl: CREATE,
    object: owned({ name: 'other' }),
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'all are deleted in one request',
    who: 'tenant',
    kubectl: 'delete networkpolicy --all -n enforced',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'the controller',
    who: 'controller',
    kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced',
  },
  {
    name: 'the namespace controller',
    who: 'namespaceController',
    kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced',
  },
  {
    name: 'the garbage collector',
    who: 'garbageCollector',
    kubectl: 'delete deployment squid -n egress-proxy',
  },
  { name: 'an operator', who: 'operator', kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced' },
  {
    name: 'a tenant in a namespace that is terminating',
    who: 'tenant',
    kubectl: 'delete configmap leaving -n leaving',
  },
  { name: 'an object of others', who: 'tenant', kubectl: 'delete configmap others -n egress-proxy' },
];
