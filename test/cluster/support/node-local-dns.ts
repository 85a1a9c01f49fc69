import { clientImage } from '../../../scripts/scenario/stage.ts';
import { apply, kubectl } from './client-pods.ts';

/** NodeLocal DNSCache as its project lays it out: an address of each node's own, a cache on the host network. */
export const CACHE = '169.254.20.10';
const corefile = `. {
    bind ${CACHE}
    forward . 10.96.0.10
    prometheus ${CACHE}:9253
}
`;
const metadata = { name: 'node-local-dns', namespace: 'kube-system' };
const labels = { 'k8s-app': 'node-local-dns' };

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } };
const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        hostNetwork: true,
        dnsPolicy: 'Default',
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        initContainers: [
          {
            name: 'address',
            image: clientImage,
            command: ['ip', 'address', 'replace', `${CACHE}/32`, 'dev', 'lo'],
            securityContext: { capabilities: { add: ['NET_ADMIN'] } },
          },
        ],
        containers: [
          {
            name: 'cache',
            image: 'localhost/coredns:dev',
            args: ['-conf', '/etc/coredns/Corefile'],
            volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: metadata.name } }],
      },
    },
  },
};

/** Returns when the cache runs on every node. */
export async function startNodeLocalDns(): Promise<void> {
  await apply(configMap);
  await apply(daemonSet);
  await kubectl('rollout status -n kube-system daemonset/node-local-dns --timeout=60s');
}

export async function removeNodeLocalDns(): Promise<void> {
  await kubectl('delete -n kube-system daemonset/node-local-dns configmap/node-local-dns --ignore-not-found');
}
