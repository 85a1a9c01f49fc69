import { type EgressProxy, label } from '../../../../src/api/index.ts';
import { buildProxyVariables, planInjection } from '../../../../src/injection/index.ts';
import type { Attempt } from './attempt.ts';

export const productImage = 'registry.example/kube-egress:test';

type Container = Record<string, unknown>;

/** The redirect as the webhook injects it. */
function injected(): Container {
  const proxy: EgressProxy = {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressProxy',
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec: { clientEnv: { transparent: true } },
    status: { transparentImage: productImage },
  };
  const noProxy = { value: '10.96.0.0/12,fd00:10::/64', namespaceEntries: new Set<string>(), exactNames: [] };
  const plan = planInjection({
    pod: { spec: { containers: [{ name: 'main' }] } },
    oldPod: undefined,
    served: {
      kind: 'served',
      mode: 'enforce',
      proxy,
      selector: undefined,
      selectorFault: undefined,
      block: undefined,
      dns: 'Cluster',
      tlsServerName: 'Ignore',
      hostsProxy: false,
    },
    variables: () =>
      buildProxyVariables(proxy, noProxy, '10.96.7.7', {
        metadata: { name: 'shop', labels: { [label.mode]: 'enforce' } },
      }),
  });
  if (plan.kind !== 'patch') throw new Error(`not injected: ${plan.reason}`);
  const found = plan.pod.spec?.initContainers?.find(({ name }) => name === 'kube-egress-redirect');
  if (found === undefined) throw new Error('no redirect was injected');
  return found as unknown as Container;
}

const pod = (...initContainers: Container[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'redirected', namespace: 'enforced' },
  spec: { containers: [{ name: 'main', image: 'none' }], initContainers },
});

const token = { name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
const withVolume = (object: ReturnType<typeof pod>, name: string) => ({
  ...object,
  spec: { ...object.spec, volumes: [{ name, emptyDir: {} }] },
});

const refused = (name: string, object: object): Attempt => ({
  name,
  who: 'tenant',
  kubectl: 'create -f -',
  object,
  refused: 'NET_ADMIN',
});
/** Whatever could make the container with NET_ADMIN run something of a tenant's. */
const changed = (name: string, change: object): Attempt =>
  refused(`the redirect with ${name}`, pod({ ...injected(), ...change }));

export const redirectAttempts: Attempt[] = [
  { name: 'the redirect as it is injected', who: 'tenant', kubectl: 'create -f -', object: pod(injected()) },
  {
    name: 'the redirect with a token that another webhook mounts',
    who: 'tenant',
    kubectl: 'create -f -',
    object: withVolume(pod({ ...injected(), volumeMounts: [token] }), 'token'),
  },
  {
    name: 'the redirect beside a container with a capability that the guard does not deny',
    who: 'tenant',
    kubectl: 'create -f -',
    object: {
      ...pod(injected()),
      spec: {
        ...pod(injected()).spec,
        containers: [
          { name: 'main', image: 'none', securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } },
        ],
      },
    },
  },
  changed('another image', { image: 'mine:1' }),
  changed('another command', { command: ['sh', '-c', 'ip addr'] }),
  changed('an argument that is a command', { args: ['--except=1.1.1.1;ip'] }),
  changed('a variable for Node or the linker', {
    env: [{ name: 'LD_PRELOAD', value: '/proc/7/root/mine.so' }],
  }),
  changed('variables from elsewhere', { envFrom: [{ configMapRef: { name: 'mine' } }] }),
  changed('a working directory', { workingDir: '/tmp' }),
  changed('another name', { name: 'setup' }),
  changed('a further capability', {
    securityContext: { capabilities: { add: ['NET_ADMIN', 'SYS_ADMIN'] } },
  }),
  changed('a restart policy and a hook', {
    restartPolicy: 'Always',
    lifecycle: { postStart: { exec: { command: ['sh'] } } },
  }),
  refused(
    'the redirect with a file of its own laid over',
    withVolume(
      pod({ ...injected(), volumeMounts: [{ name: 'mine', mountPath: '/opt/kube-egress/bin' }] }),
      'mine',
    ),
  ),
  refused(
    'the redirect with a mount that climbs out',
    withVolume(
      pod({
        ...injected(),
        volumeMounts: [{ name: 'mine', mountPath: '/var/run/secrets/../../../usr/sbin' }],
      }),
      'mine',
    ),
  ),
  refused('another container with NET_ADMIN beside it', pod(injected(), { ...injected(), name: 'second' })),
  refused('the redirect as a container of the pod', {
    ...pod(),
    spec: { containers: [injected()] },
  }),
];
