import type { Attempt } from './attempt.ts';
import { pod } from './pod-attempts.ts';

const PREFIX = 'egress.zalando.org';
const CREATE = 'create -f -';

const component = { [`${PREFIX}/component`]: 'proxy', app: 'x' };
const template = { metadata: { labels: component }, spec: { containers: [{ name: 'main', image: 'none' }] } };
const workload = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'tried', namespace: 'egress-proxy' },
  spec,
});
const selector = { matchLabels: { app: 'x' } };
const job = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
const COMPONENT_REFUSED = 'belongs to the pods of kube-egress itself';

/** Attempts with pods. */
export const podComponentAttempts: Attempt[] = [
  {
    name: 'a Pod',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({}, {}, { namespace: 'egress-proxy', labels: component }),
    refused: COMPONENT_REFUSED,
  },
  {
    name: 'a pod that gets the label later',
    who: 'tenant',
    kubectl: `label pod other -n egress-proxy ${PREFIX}/component=proxy`,
    refused: COMPONENT_REFUSED,
  },
  {
    name: 'the pods of that ReplicaSet',
    who: 'replicaSetController',
    kubectl: CREATE,
    object: pod({}, {}, { namespace: 'egress-proxy', labels: component }),
  },
];

/** Attempts with the pod templates of workloads. */
export const componentAttempts: Attempt[] = [
  ...(
    [
      ['a Deployment', workload('apps/v1', 'Deployment', { selector, template })],
      ['a ReplicaSet', workload('apps/v1', 'ReplicaSet', { selector, template })],
      ['a StatefulSet', workload('apps/v1', 'StatefulSet', { serviceName: 'x', selector, template })],
      ['a DaemonSet', workload('apps/v1', 'DaemonSet', { selector, template })],
      ['a Job', workload('batch/v1', 'Job', job)],
      ['a CronJob', workload('batch/v1', 'CronJob', { schedule: '* * * * *', jobTemplate: { spec: job } })],
      [
        'a ReplicationController',
        workload('v1', 'ReplicationController', { selector: { app: 'x' }, template }),
      ],
      ['a PodTemplate', { ...workload('v1', 'PodTemplate', {}), spec: undefined, template }],
    ] as const
  ).map(
    ([name, object]): Attempt => ({
      name,
      who: 'tenant',
      kubectl: CREATE,
      object,
      refused: COMPONENT_REFUSED,
    }),
  ),
  {
    name: "the controller's Deployment",
    who: 'controller',
    kubectl: CREATE,
    object: workload('apps/v1', 'Deployment', { selector, template }),
  },
  {
    name: 'the ReplicaSet of that Deployment',
    who: 'deploymentController',
    kubectl: CREATE,
    object: workload('apps/v1', 'ReplicaSet', { selector, template }),
  },
  {
    name: 'the installation',
    who: 'operator',
    kubectl: CREATE,
    object: workload('apps/v1', 'Deployment', { selector, template }),
  },
];
