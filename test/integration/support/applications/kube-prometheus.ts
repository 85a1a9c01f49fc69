import { type Application, emptyDirs, env, fieldEnv, httpProbe, mount, restricted } from './application.ts';

const rbacProxy = (upstream: number, port: number) => ({
  name: `kube-rbac-proxy-${port}`,
  image: 'quay.io/brancz/kube-rbac-proxy:v0.19.1',
  args: [`--secure-listen-address=:${port}`, `--upstream=http://127.0.0.1:${upstream}/`],
  ports: [{ containerPort: port }],
  securityContext: { ...restricted, runAsUser: 65532, runAsGroup: 65532 },
});

/** As kube-prometheus writes them: ingress is limited, and one empty rule opens all egress. */
const openEgress = (name: string, port: number) => ({
  name,
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
    egress: [{}],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } }],
        ports: [{ port }],
      },
    ],
    policyTypes: ['Egress', 'Ingress'],
  },
  refused: 'spec.egress has a rule without "to"',
});

const reloader = (name: string) => ({
  name,
  image: 'quay.io/prometheus-operator/prometheus-config-reloader:v0.84.0',
  args: [
    '--config-file=/etc/config/config.yaml.gz',
    '--config-envsubst-file=/etc/config_out/config.env.yaml',
  ],
  env: [...fieldEnv({ POD_NAME: 'metadata.name' }), ...env({ SHARD: '0' })],
  securityContext: restricted,
  volumeMounts: [mount('config', '/etc/config'), mount('config-out', '/etc/config_out')],
});

/** The operator makes StatefulSets of Prometheus and Alertmanager; the node exporter lives in the node's namespaces. */
export const kubePrometheus: Application = {
  name: 'kube-prometheus',
  source:
    'prometheus-operator/kube-prometheus, manifests; node-exporter and Grafana read, the rest described from knowledge, 2026-11-28',
  workloads: [
    {
      kind: 'DaemonSet',
      name: 'node-exporter',
      refused: 'spec.hostNetwork',
      spec: {
        hostNetwork: true,
        hostPID: true,
        priorityClassName: 'system-cluster-critical',
        securityContext: { runAsNonRoot: true, runAsUser: 65534 },
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'node-exporter',
            image: 'quay.io/prometheus/node-exporter:v1.9.1',
            args: [
              '--web.listen-address=127.0.0.1:9101',
              '--path.sysfs=/host/sys',
              '--path.rootfs=/host/root',
            ],
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { add: ['SYS_TIME'], drop: ['ALL'] },
              readOnlyRootFilesystem: true,
            },
            volumeMounts: [
              mount('sys', '/host/sys', { mountPropagation: 'HostToContainer', readOnly: true }),
              mount('root', '/host/root', { mountPropagation: 'HostToContainer', readOnly: true }),
            ],
          },
          {
            name: 'kube-rbac-proxy',
            image: 'quay.io/brancz/kube-rbac-proxy:v0.19.1',
            args: ['--secure-listen-address=[$(IP)]:9100', '--upstream=http://127.0.0.1:9101/'],
            env: fieldEnv({ IP: 'status.podIP' }),
            ports: [{ containerPort: 9100, hostPort: 9100, name: 'https' }],
            securityContext: restricted,
          },
        ],
        volumes: [
          { name: 'sys', hostPath: { path: '/sys' } },
          { name: 'root', hostPath: { path: '/' } },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'kube-state-metrics',
      spec: {
        automountServiceAccountToken: true,
        containers: [
          {
            name: 'kube-state-metrics',
            image: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.16.0',
            args: ['--host=127.0.0.1', '--port=8081', '--telemetry-host=127.0.0.1'],
            securityContext: restricted,
          },
          rbacProxy(8081, 8443),
          rbacProxy(8082, 9443),
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'grafana',
      annotations: { 'checksum/grafana-config': '7e8c6e7b0f' },
      spec: {
        securityContext: { fsGroup: 65534, runAsGroup: 65534, runAsNonRoot: true, runAsUser: 65534 },
        containers: [
          {
            name: 'grafana',
            image: 'grafana/grafana:12.0.2',
            ports: [{ containerPort: 3000, name: 'http' }],
            readinessProbe: httpProbe('/api/health', 'http'),
            securityContext: restricted,
            volumeMounts: [
              mount('grafana-storage', '/var/lib/grafana'),
              mount('grafana-datasources', '/etc/grafana/provisioning/datasources'),
              mount('tmp-plugins', '/tmp'),
            ],
          },
        ],
        volumes: [
          ...emptyDirs('grafana-storage'),
          { name: 'grafana-datasources', secret: { secretName: 'grafana-datasources' } },
          { name: 'tmp-plugins', emptyDir: { medium: 'Memory' } },
        ],
      },
    },
    {
      kind: 'StatefulSet',
      name: 'prometheus-k8s',
      labels: { 'app.kubernetes.io/name': 'prometheus' },
      spec: {
        shareProcessNamespace: false,
        initContainers: [reloader('init-config-reloader')],
        containers: [
          {
            name: 'prometheus',
            image: 'quay.io/prometheus/prometheus:v3.5.0',
            args: ['--config.file=/etc/prometheus/config_out/prometheus.env.yaml', '--web.enable-lifecycle'],
            ports: [{ containerPort: 9090, name: 'web' }],
            readinessProbe: httpProbe('/-/ready', 'web'),
            startupProbe: httpProbe('/-/ready', 'web'),
            securityContext: restricted,
            volumeMounts: [
              mount('config-out', '/etc/prometheus/config_out'),
              mount('tls-assets', '/etc/prometheus/certs'),
            ],
          },
          reloader('config-reloader'),
        ],
        volumes: [
          { name: 'config', secret: { secretName: 'prometheus-k8s' } },
          {
            name: 'tls-assets',
            projected: { sources: [{ secret: { name: 'prometheus-k8s-tls-assets-0' } }] },
          },
          { name: 'config-out', emptyDir: { medium: 'Memory' } },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'blackbox-exporter',
      spec: {
        containers: [
          {
            name: 'blackbox-exporter',
            image: 'quay.io/prometheus/blackbox-exporter:v0.27.0',
            args: ['--config.file=/etc/blackbox_exporter/config.yml', '--web.listen-address=:19115'],
            securityContext: restricted,
            volumeMounts: [mount('config', '/etc/blackbox_exporter/', { readOnly: true })],
          },
          rbacProxy(19115, 9115),
        ],
        volumes: [{ name: 'config', configMap: { name: 'blackbox-exporter-configuration' } }],
      },
    },
  ],
  services: [
    ['node-exporter', 9100],
    ['kube-state-metrics', 8443],
    ['grafana', 3000],
    ['prometheus-k8s', 9090],
    ['prometheus-operated', 9090],
    ['alertmanager-main', 9093],
  ],
  networkPolicies: [openEgress('grafana', 3000), openEgress('kube-state-metrics', 8443)],
};
