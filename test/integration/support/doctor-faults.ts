import { annotation, type EgressActivity, label, RULE_WEBHOOKS } from '../../../src/api/index.ts';
import { type KubeClient, type KubeObject, type Resource, resources } from '../../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../../src/tls/index.ts';
import { until } from '../../support/until.ts';
import { installCrds } from './crds.ts';
import { egressProxy, named, PRODUCT, type RunningWebhook } from './webhook.ts';

/** What a fault is made in: an installation where all is well. */
export interface Stage {
  client: KubeClient;
  webhook: RunningWebhook | undefined;
}

export interface MadeFault {
  name: string;
  /** Changes the cluster. */
  make: (stage: Stage) => Promise<unknown>;
  code: string;
  object: string;
  /** What the message says of it. */
  says: string | RegExp;
  /** Before an install, too. */
  pre?: true;
  /** Changes it back; absent if the cluster may stay so. */
  end?: (stage: Stage) => Promise<unknown>;
}

const HOUR = 3_600_000;
export const cni = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace: 'kube-system', name: 'calico-node' },
  spec: {
    selector: { matchLabels: { app: 'cni' } },
    template: {
      metadata: { labels: { app: 'cni' } },
      spec: { containers: [{ name: 'a', image: 'calico/node:1' }] },
    },
  },
} as KubeObject;
export const clusterDns = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'kube-system', name: 'kube-dns' },
  spec: { selector: { app: 'dns' }, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
} as KubeObject;
export const leaderLease = (renewed: number) =>
  ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: PRODUCT, name: 'kube-egress-controller' },
    spec: { renewTime: microTime(renewed) },
  }) as KubeObject;
const microTime = (time: number) => new Date(time).toISOString().replace('Z', '000Z');

export const applyTo = (client: KubeClient, object: KubeObject) =>
  client.apply(object, { fieldManager: 'test', force: true });

const makeNamespace = (client: KubeClient, name: string, labels: Record<string, string>) =>
  client.create(resources.namespaces, named('v1', 'Namespace', name, labels));

/** Writes the status of a pod that runs, which no kubelet does here. */
async function runPod(client: KubeClient, ns: string, name: string, spec: object): Promise<void> {
  await client.create(resources.pods, {
    metadata: { namespace: ns, name },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  } as never);
  const startTime = new Date(Date.now() - 2 * HOUR).toISOString();
  const address = { namespace: ns, name, subresource: 'status' };
  await client.patch(resources.pods, address, { status: { phase: 'Running', startTime } });
}

const setMode = (client: KubeClient, name: string, mode: string) =>
  client.patch(resources.namespaces, { name }, { metadata: { labels: { [label.mode]: mode } } });

const patchAnnotation = (client: KubeClient, name: string, key: string, value: string | null) =>
  client.patch(resources.namespaces, { name }, { metadata: { annotations: { [key]: value } } });

/** The binding, or another object without a namespace, deleted and made again. */
function deleted(resource: Resource<KubeObject>, name: string): Required<Pick<MadeFault, 'make' | 'end'>> {
  let before: KubeObject | undefined;
  return {
    make: async ({ client }) => {
      before = await client.get(resource, { name });
      await client.delete(resource, { name });
    },
    end: async ({ client }) => {
      if (before === undefined) throw new Error(`${name} was not deleted`);
      const { metadata, ...rest } = before;
      const { labels = {}, annotations = {} } = metadata;
      await client.create(resource, { ...rest, metadata: { name, labels, annotations } });
    },
  };
}

/** A pod of `shop` that runs, and its end. */
const podOfShop = (name: string, spec: object): Required<Pick<MadeFault, 'make' | 'end'>> => ({
  make: ({ client }) => runPod(client, 'shop', name, spec),
  end: ({ client }) => client.delete(resources.pods, { namespace: 'shop', name }, { gracePeriodSeconds: 0 }),
});

/** Each is made on the API server, and found by the code. */
export const faults: readonly MadeFault[] = [
  {
    name: 'the clock of a node is wrong',
    make: async ({ client }) => {
      await applyTo(client, named('v1', 'Namespace', 'kube-node-lease'));
      await client.create(resources.leases, {
        metadata: { namespace: 'kube-node-lease', name: 'node-1' },
        spec: { renewTime: microTime(Date.now() - 600_000) },
      });
    },
    code: 'NodeClockWrong',
    object: 'Node node-1',
    says: /its clock is (59\d|60\d) s behind that of the API server/,
    pre: true,
    end: ({ client }) => client.delete(resources.leases, { namespace: 'kube-node-lease', name: 'node-1' }),
  },
  {
    name: 'a node has no pod range',
    make: ({ client }) => client.create(resources.nodes, named('v1', 'Node', 'node-2')),
    code: 'PodRangeMissing',
    object: 'the nodes',
    says: 'these nodes have no podCIDR: node-2;',
    pre: true,
    end: ({ client }) => client.delete(resources.nodes, { name: 'node-2' }),
  },
  {
    name: 'there is no CNI that enforces policies',
    make: ({ client }) =>
      client.delete(resources.daemonSets, { namespace: 'kube-system', name: 'calico-node' }),
    code: 'CniUnknown',
    object: 'the cluster',
    says: 'no DaemonSet of a CNI that is known to enforce NetworkPolicies was found',
    pre: true,
    end: ({ client }) => applyTo(client, cni),
  },
  {
    name: 'there is no Service of the cluster DNS',
    make: ({ client }) => client.delete(resources.services, { namespace: 'kube-system', name: 'kube-dns' }),
    code: 'DnsServiceUnknown',
    object: 'the cluster',
    says: 'no Service of kube-system or openshift-dns has port 53',
    pre: true,
    end: ({ client }) => applyTo(client, clusterDns),
  },
  {
    name: 'a webhook of others that pods need is down',
    make: ({ client }) =>
      client.create(resources.validatingWebhookConfigurations, {
        metadata: { name: 'scanner' },
        webhooks: [
          {
            name: 'scanner.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            clientConfig: { service: { namespace: 'scanner', name: 'scanner' } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
        ],
      }),
    code: 'OtherWebhookDown',
    object: 'ValidatingWebhookConfiguration scanner',
    says: 'its Service has no ready endpoint: scanner/scanner;',
    pre: true,
    end: ({ client }) => client.delete(resources.validatingWebhookConfigurations, { name: 'scanner' }),
  },
  {
    name: 'the webhook of pods is not registered',
    ...deleted(resources.mutatingWebhookConfigurations, 'kube-egress-pods'),
    code: 'NotInstalled',
    object: 'MutatingWebhookConfiguration kube-egress-pods',
    says: 'new pods get no variables',
  },
  {
    name: 'the webhook of rule sets is not registered',
    ...deleted(resources.validatingWebhookConfigurations, RULE_WEBHOOKS),
    code: 'RulesNotValidated',
    object: `ValidatingWebhookConfiguration ${RULE_WEBHOOKS}`,
    says: 'rule sets are stored without validation',
  },
  {
    name: 'a guard has no binding',
    ...deleted(resources.validatingAdmissionPolicyBindings, 'kube-egress-exec'),
    code: 'GuardMissing',
    object: 'ValidatingAdmissionPolicy',
    says: ': kube-egress-exec;',
  },
  {
    name: 'no controller leads',
    make: ({ client }) => applyTo(client, leaderLease(Date.now() - HOUR)),
    code: 'NoLeader',
    object: `Lease ${PRODUCT}/kube-egress-controller`,
    says: 'no controller leads since 20',
    end: ({ client }) => applyTo(client, leaderLease(Date.now())),
  },
  {
    name: 'a Deployment has no replica',
    make: ({ client }) => {
      const labels = { app: 'x' };
      return client.create(resources.deployments, {
        metadata: { namespace: PRODUCT, name: 'kube-egress-webhook' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
        },
      } as never);
    },
    code: 'NotReady',
    object: `Deployment ${PRODUCT}/kube-egress-webhook`,
    says: '0 of 1 replicas are ready',
    end: ({ client }) =>
      client.delete(resources.deployments, { namespace: PRODUCT, name: 'kube-egress-webhook' }),
  },
  {
    name: 'the Pod Security level forbids the pods of a proxy',
    make: ({ client }) =>
      client.create(resources.egressProxies, egressProxy('closing', { closeRevoked: true })),
    code: 'ProxyPodsForbidden',
    object: 'EgressProxy egress-proxy/closing',
    says: 'closeRevoked (NET_ADMIN) needs the Pod Security level privileged',
    end: ({ client }) =>
      client.delete(resources.egressProxies, { namespace: 'egress-proxy', name: 'closing' }),
  },
  {
    name: 'the mode of a namespace is misspelled',
    make: ({ client }) => makeNamespace(client, 'typo', { [label.mode]: 'enforced' }),
    code: 'ModeMisspelled',
    object: 'Namespace typo',
    says: `its label ${label.mode}=enforced is no mode`,
    end: ({ client }) => setMode(client, 'typo', 'none'),
  },
  {
    name: 'the proxy of a namespace does not exist',
    make: ({ client }) =>
      makeNamespace(client, 'lost', { [label.mode]: 'enforce', [label.proxy]: 'egress-proxy.squit' }),
    code: 'NoProxyServes',
    object: 'Namespace lost',
    says: `${label.proxy}=egress-proxy.squit names an EgressProxy that does not exist`,
    end: ({ client }) => setMode(client, 'lost', 'none'),
  },
  {
    name: 'a pod runs since before its namespace opted in',
    make: async ({ client }) => {
      await setMode(client, 'shop', 'none');
      await runPod(client, 'shop', 'before', {});
      await setMode(client, 'shop', 'observe');
    },
    code: 'PodsNotInjected',
    object: 'Namespace shop',
    says: 'these pods run without the proxy variables: before;',
    end: podOfShop('before', {}).end,
  },
  {
    name: 'the sidecar of a mesh takes connections to the proxy',
    ...podOfShop('meshed', { containers: [{ name: 'istio-proxy', image: 'a:1' }] }),
    code: 'MeshTakesConnections',
    object: 'Namespace shop',
    says: 'to the proxy: meshed; annotate their template with traffic.sidecar.istio.io/excludeOutboundPorts: "3128"',
  },
  {
    name: 'enforce mode would refuse what was observed',
    make: async ({ client }) => {
      await client.create(resources.egressActivities, { metadata: { namespace: 'shop', name: 'observed' } });
      const lastSeen = new Date(Date.now() - 60_000).toISOString();
      const target = {
        target: 'pay.example.com:443',
        verdict: 'allow',
        wouldDeny: true,
        count: 4,
        firstSeen: lastSeen,
        lastSeen,
      };
      const status = {
        mode: 'observe',
        requests: 4,
        denied: 0,
        targets: [target],
      } as EgressActivity['status'];
      const activity = { namespace: 'shop', name: 'observed', subresource: 'status' };
      await client.patch(resources.egressActivities, activity, { status });
    },
    code: 'EnforceWouldRefuse',
    object: 'Namespace shop',
    says: 'enforce mode would refuse what it requested in the last day: pay.example.com:443;',
  },
  {
    name: 'tunnels of an observed namespace do not begin with TLS for their name',
    make: async ({ client }) => {
      await patchAnnotation(client, 'shop', annotation.tlsServerName, 'enforce');
      const activity = { namespace: 'shop', name: 'observed' };
      const { status } = await client.get(resources.egressActivities, activity);
      const [target] = status?.targets ?? [];
      const targets = [{ ...target, reason: 'NoMatchingRule', tlsFault: 'NotTLS' }];
      await client.patch(
        resources.egressActivities,
        { ...activity, subresource: 'status' },
        { status: { targets } },
      );
    },
    code: 'EnforceWouldEndTunnels',
    object: 'Namespace shop',
    says: 'enforce mode would end tunnels that do not begin with TLS for their name: pay.example.com:443 (NotTLS);',
    end: ({ client }) => patchAnnotation(client, 'shop', annotation.tlsServerName, null),
  },
  {
    name: 'a pod has the variables and does not use them',
    ...podOfShop('silent', {}),
    code: 'VariablesIgnored',
    object: 'Namespace shop',
    says: 'requested nothing in an hour: Pod/silent;',
  },
  {
    name: 'a pod sets another proxy itself',
    make: ({ client }) =>
      runPod(client, 'shop', 'own', {
        containers: [{ name: 'app', image: 'a:1', env: [{ name: 'HTTPS_PROXY', value: 'http://old:8080' }] }],
      }),
    code: 'OwnVariables',
    object: 'Namespace shop',
    says: /not to our proxy: own;/,
  },
  {
    name: 'a pod of an enforced namespace is on the host network',
    make: async ({ client }) => {
      await runPod(client, 'shop', 'host', { hostNetwork: true });
      await setMode(client, 'shop', 'enforce');
    },
    code: 'OnHostNetwork',
    object: 'Namespace shop',
    says: 'no NetworkPolicy holds them: host;',
    end: ({ client }) => setMode(client, 'shop', 'observe'),
  },
  {
    name: 'the certificate of the webhook has expired',
    make: async ({ client }) => {
      const now = Date.now() - 20 * 365 * 24 * HOUR;
      const authority = await createAuthority({ now });
      const pair = await issueServingCertificate({ now, authority, names: ['x'] });
      const base64 = (text: string) => Buffer.from(text).toString('base64');
      await applyTo(client, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: PRODUCT, name: 'kube-egress-webhook-tls' },
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': base64(pair.cert), 'tls.key': base64(pair.key) },
      } as KubeObject);
    },
    code: 'ServingCertificate',
    object: `Secret ${PRODUCT}/kube-egress-webhook-tls`,
    says: /^its certificate expired at 20/,
    end: ({ webhook }) => webhook?.renewCertificate() ?? Promise.resolve(),
  },
  {
    name: 'the webhook does not answer',
    make: ({ webhook }) => webhook?.kill() ?? Promise.resolve(),
    code: 'WebhookUnreachable',
    object: `Service ${PRODUCT}/kube-egress-webhook`,
    says: 'connection refused',
  },
  {
    name: 'a kind is not installed',
    make: async ({ client }) => {
      const name = 'egresstargetgroups.zalando.org';
      await client.delete(resources.customResourceDefinitions, { name });
      await until(`${name} is gone`, async () => {
        return (await client.find(resources.customResourceDefinitions, { name })) === undefined;
      });
    },
    code: 'CrdNotInstalled',
    object: 'CustomResourceDefinition zalando.org',
    says: 'the API server does not serve egresstargetgroups',
    end: ({ client }) => installCrds(client),
  },
];
