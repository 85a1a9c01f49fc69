import type { Attempt } from './attempt.ts';
import { pod } from './pod-attempts.ts';

/** The annotation of the namespace `excepted`. */
export const exceptionLines = [
  'serviceaccount=vpn capability=NET_ADMIN',
  'serviceaccount=later privileged until=2999-12-31',
  'serviceaccount=former privileged until=2020-01-01',
  '  image=registry.example.com/node:1   host-network ; image=registry.example.com/node:1 host-path=/var/log',
  'serviceaccount=tracer host-pid',
  'serviceaccount=unclear privileged until=forever',
].join('\n');

const NODE = { image: 'registry.example.com/node:1' };
const adding = (...add: string[]) => ({ securityContext: { capabilities: { add } } });
const privileged = { securityContext: { privileged: true } };
const logs = (path = '/var/log') => ({ volumes: [{ name: 'logs', hostPath: { path } }] });

function passes(name: string, spec: object, container: object = {}, metadata: object = {}): Attempt {
  const object = pod(spec, container, { namespace: 'excepted', ...metadata });
  return { name, who: 'tenant', kubectl: 'create -f -', object };
}
const fails = (refused: string, ...of: Parameters<typeof passes>): Attempt => ({ ...passes(...of), refused });

/** Adds an ephemeral container to the pod of the same name as its account, which runs in the namespace `excepted`. */
function ephemeral(name: string, account: string, container: object, refused?: string): Attempt {
  const added = { name: 'debug', image: 'none', ...container };
  return {
    name,
    who: 'tenant',
    kubectl: `replace --raw=/api/v1/namespaces/excepted/pods/${account}/ephemeralcontainers?dryRun=All -f -`,
    object: pod(
      { serviceAccountName: account, ephemeralContainers: [added] },
      {},
      { name: account, namespace: 'excepted' },
    ),
    ...(refused !== undefined && { refused }),
  };
}

const annotated = (name: string, line: string, refused?: string): Attempt => ({
  name,
  who: 'operator',
  kubectl: 'create -f -',
  object: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'new', annotations: { 'egress.zalando.org/exceptions': line } },
  },
  ...(refused !== undefined && { refused }),
});

export const exceptionAttempts: Attempt[] = [
  fails(
    'container main: NET_ADMIN in securityContext.capabilities.add',
    'the capability, by another account',
    {},
    adding('NET_ADMIN'),
  ),
  passes('the capability, by the account', { serviceAccountName: 'vpn' }, adding('CAP_NET_ADMIN')),
  passes('the capability, in an init container of the account', {
    serviceAccountName: 'vpn',
    initContainers: [{ name: 'first', image: 'none', ...adding('NET_ADMIN') }],
  }),
  fails(
    'container main: SYS_ADMIN in',
    'another capability, by the account',
    { serviceAccountName: 'vpn' },
    adding('NET_ADMIN', 'SYS_ADMIN'),
  ),
  fails(
    'container main: securityContext.privileged',
    'another thing, by the account',
    { serviceAccountName: 'vpn' },
    privileged,
  ),
  passes('before its end', { serviceAccountName: 'later' }, privileged),
  fails('serviceaccount=former privileged', 'after its end', { serviceAccountName: 'former' }, privileged),
  fails(
    'container main: securityContext.privileged',
    'after its end, with an older time of creation',
    { serviceAccountName: 'former' },
    privileged,
    { creationTimestamp: '2019-01-01T00:00:00Z' },
  ),
  fails(
    'container main: securityContext.privileged',
    'an end that is no date',
    { serviceAccountName: 'unclear' },
    privileged,
  ),
  passes('the host network, by the image', { hostNetwork: true }, NODE),
  fails(
    'spec.hostNetwork',
    'the host network, by another tag',
    { hostNetwork: true },
    { image: `${NODE.image}0` },
  ),
  fails(
    'spec.hostNetwork',
    'the host network, where a second container has another image',
    { hostNetwork: true, initContainers: [{ name: 'first', image: 'none' }] },
    NODE,
  ),
  passes('a path of the node, by the image', logs(), NODE),
  fails('volume logs: hostPath /var/log/pods', 'a path below it', logs('/var/log/pods'), NODE),
  fails('volume logs: hostPath /', 'a path above it', logs('/'), NODE),
  fails('volume logs: hostPath /var/log', 'the path, by another image', logs()),
  passes('the processes of the node, by the account', { serviceAccountName: 'tracer', hostPID: true }),
  fails('spec.hostIPC', 'also its memory', { serviceAccountName: 'tracer', hostPID: true, hostIPC: true }),
  {
    ...fails('spec.hostNetwork', 'the exception of another namespace', { hostNetwork: true }, NODE),
    object: pod({ hostNetwork: true }, NODE),
  },
  ephemeral('an ephemeral container of the account', 'vpn', adding('NET_ADMIN')),
  ephemeral(
    'an ephemeral container, for which an end would not count',
    'later',
    privileged,
    'container debug: securityContext.privileged',
  ),
  {
    name: 'a tenant who writes an exception',
    who: 'tenant',
    kubectl: 'replace --raw=/api/v1/namespaces/enforced?dryRun=All -f -',
    object: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'enforced',
        labels: { 'egress.zalando.org/mode': 'enforce' },
        annotations: { 'egress.zalando.org/exceptions': 'image=none privileged' },
      },
    },
    refused: 'annotations cannot be changed',
  },
  annotated('every form of a line', exceptionLines.replace(/\n[^\n]*forever/, '')),
  annotated(
    'an end that is no date',
    'serviceaccount=a privileged until=forever',
    '"serviceaccount=a privileged until=forever"',
  ),
  annotated('a thing that does not exist', 'serviceaccount=a network', '"serviceaccount=a network"'),
  annotated('a capability that needs none', 'serviceaccount=a capability=CHOWN', 'excepts nothing'),
  annotated('a subject that does not exist', 'pod=a privileged', 'excepts nothing'),
];
