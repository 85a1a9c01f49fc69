import type { Attempt } from './attempt.ts';

const PREFIX = 'egress.zalando.org';
const CREATE = 'create -f -';

export const namespaceAttempts: Attempt[] = [
  { name: 'the first opt-in', who: 'tenant', kubectl: `label ns plain ${PREFIX}/mode=enforce` },
  {
    name: 'observe becomes enforce',
    who: 'tenant',
    kubectl: `label ns observed ${PREFIX}/mode=enforce --overwrite`,
  },
  { name: 'a first opt-in as blocked', who: 'tenant', kubectl: `label ns plain ${PREFIX}/mode=blocked` },
  {
    name: 'enforce becomes blocked',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/mode=blocked --overwrite`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'blocked becomes enforce',
    who: 'tenant',
    kubectl: `label ns blocked ${PREFIX}/mode=enforce --overwrite`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'the label of a blocked namespace is removed',
    who: 'tenant',
    kubectl: `label ns blocked ${PREFIX}/mode-`,
    refused: 'is under egress control (egress.zalando.org/mode: blocked)',
  },
  {
    name: 'the reason of the block is changed',
    who: 'tenant',
    kubectl: `annotate ns blocked ${PREFIX}/blocked-reason=fine`,
    refused: 'annotations cannot be changed',
  },
  {
    name: 'an operator ends the block',
    who: 'operator',
    kubectl: `label ns blocked ${PREFIX}/mode=enforce --overwrite`,
  },
  {
    name: 'the label is removed',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/mode-`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'enforce becomes observe',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/mode=observe --overwrite`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'another proxy is chosen',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/proxy=a.b`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'an annotation is added',
    who: 'tenant',
    kubectl: `annotate ns enforced ${PREFIX}/allow-host-network=true`,
    refused: 'annotations cannot be changed',
  },
  {
    name: 'an annotation is removed',
    who: 'tenant',
    kubectl: `annotate ns strict ${PREFIX}/in-cluster-traffic-`,
    refused: 'annotations cannot be changed',
  },
  { name: 'a label that is not ours', who: 'tenant', kubectl: 'label ns enforced team=a' },
  {
    name: 'mode none',
    who: 'tenant',
    kubectl: `label ns plain ${PREFIX}/mode=none`,
    refused: 'opts namespace plain out',
  },
  {
    name: 'an enforced namespace is deleted',
    who: 'tenant',
    kubectl: 'delete ns enforced',
    refused: 'cannot be deleted',
  },
  { name: 'another namespace is deleted', who: 'tenant', kubectl: 'delete ns plain' },
  { name: 'an operator removes the label', who: 'operator', kubectl: `label ns enforced ${PREFIX}/mode-` },
  { name: 'an operator deletes', who: 'operator', kubectl: 'delete ns enforced' },
];

const fresh = (labels = {}, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'fresh', labels, annotations },
});
const FRESH_REFUSED = 'a new namespace may have no egress.zalando.org labels';

/** Where the default proxy enforces and `exempt` is left out: `plain` has none of our labels. */
export const byDefaultAttempts: Attempt[] = [
  {
    name: 'enforced by default becomes observe',
    who: 'tenant',
    kubectl: `label ns plain ${PREFIX}/mode=observe`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'a proxy is chosen',
    who: 'tenant',
    kubectl: `label ns plain ${PREFIX}/proxy=a.b`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'an annotation is added',
    who: 'tenant',
    kubectl: `annotate ns plain ${PREFIX}/allow-host-network=true`,
    refused: 'annotations cannot be changed',
  },
  {
    name: 'one with our annotation is deleted',
    who: 'tenant',
    kubectl: 'delete ns closed-by-default',
    refused: 'cannot be deleted',
  },
  { name: 'one without is deleted', who: 'tenant', kubectl: 'delete ns plain' },
  { name: 'the label enforce is added', who: 'tenant', kubectl: `label ns plain ${PREFIX}/mode=enforce` },
  { name: 'a label that is not ours', who: 'tenant', kubectl: 'label ns plain team=a' },
  {
    name: 'an exempt namespace is changed',
    who: 'tenant',
    kubectl: `label ns exempt ${PREFIX}/mode=observe`,
  },
  { name: 'a new namespace', who: 'tenant', kubectl: CREATE, object: fresh() },
  {
    name: 'a new namespace in observe mode',
    who: 'tenant',
    kubectl: CREATE,
    object: fresh({ [`${PREFIX}/mode`]: 'observe' }),
    refused: FRESH_REFUSED,
  },
  {
    name: 'a new namespace with one of our annotations',
    who: 'tenant',
    kubectl: CREATE,
    object: fresh({}, { [`${PREFIX}/pod-selector`]: 'app=none' }),
    refused: FRESH_REFUSED,
  },
  { name: 'an operator', who: 'operator', kubectl: `label ns plain ${PREFIX}/mode=observe` },
];
