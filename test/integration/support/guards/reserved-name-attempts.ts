import type { Attempt } from './attempt.ts';

const REFUSED = 'only the kube-egress controller may write';
const CREATE = 'create -f -';

const policy = (name: string, namespace: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec: { podSelector: {}, policyTypes: ['Egress'] },
});
const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'plain' },
});
const activity = (name: string) => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressActivity',
  metadata: { name, namespace: 'plain' },
});
const create = (name: string, object: object, refused?: string): Attempt => ({
  name,
  who: 'tenant',
  kubectl: CREATE,
  object,
  ...(refused !== undefined && { refused }),
});

const SCRAPE = 'opens the metrics of all namespaces';
const label = 'label namespace plain egress.zalando.org/scrape';
const labelled = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'new', labels: { 'egress.zalando.org/scrape': value } },
});

/** `plain` is not opted in: the names are reserved before the opt-in. */
export const reservedNameAttempts: Attempt[] = [
  create('our policy before the opt-in', policy('enforce-egress-proxy', 'plain'), REFUSED),
  create('our policy after the opt-in', policy('enforce-egress-proxy', 'strict'), REFUSED),
  create('our policy of another name', policy('enforce-egress-proxy-2', 'plain'), REFUSED),
  create('our policy of a rule set', policy('egress-direct-my-app', 'plain'), REFUSED),
  create('a policy of its own', policy('my-app', 'plain')),
  create('a policy with a similar name', policy('enforce-egress', 'plain')),
  create('our trust bundle', configMap('kube-egress-trust-bundle'), REFUSED),
  create('a ConfigMap of its own', configMap('my-app')),
  create('an EgressActivity', activity('observed'), REFUSED),
  create('an EgressActivity of another name', activity('mine'), REFUSED),
  { name: 'the label of scrapers', who: 'tenant', kubectl: `${label}=true`, refused: SCRAPE },
  create('a new namespace with the label of scrapers', labelled('true'), SCRAPE),
  create('a new namespace with that label set to false', labelled('false')),
  { name: 'the label of scrapers by an operator', who: 'operator', kubectl: `${label}=true` },
  {
    name: 'the controller',
    who: 'controller',
    kubectl: CREATE,
    object: policy('enforce-egress-proxy', 'plain'),
  },
  { name: 'an operator', who: 'operator', kubectl: CREATE, object: policy('enforce-egress-proxy', 'plain') },
];
