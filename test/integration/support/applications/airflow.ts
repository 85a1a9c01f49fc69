import {
  type Application,
  type ContainerDescription,
  emptyDirs,
  env,
  mount,
  secretEnv,
  type Workload,
} from './application.ts';

const image = 'apache/airflow:3.0.2';
const settings = [
  secretEnv('AIRFLOW__CORE__FERNET_KEY', 'airflow-fernet-key', 'fernet-key'),
  secretEnv('AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', 'airflow-metadata', 'connection'),
  secretEnv('AIRFLOW__CELERY__BROKER_URL', 'airflow-broker-url', 'connection'),
];
const security = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const migrated: ContainerDescription = {
  name: 'wait-for-airflow-migrations',
  image,
  args: ['airflow', 'db', 'check-migrations', '--migration-wait-timeout=60'],
  env: settings,
  envFrom: [{ secretRef: { name: 'airflow-extra', optional: true } }],
  securityContext: security,
};
const gitSync = (name: string, once: string): ContainerDescription => ({
  name,
  image: 'registry.k8s.io/git-sync/git-sync:v4.4.0',
  env: env({
    GITSYNC_REPO: 'https://github.com/example/dags.git',
    GITSYNC_ROOT: '/git',
    GITSYNC_ONE_TIME: once,
  }),
  securityContext: { runAsUser: 65533 },
  volumeMounts: [mount('dags', '/git')],
});
const process = (name: string, kind: Workload['kind'], argument: string, extra: object[] = []): Workload => ({
  kind,
  name: `airflow-${name}`,
  labels: { tier: 'airflow', component: name, release: 'airflow' },
  annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
  spec: {
    securityContext: { runAsUser: 50000, fsGroup: 0 },
    initContainers: [migrated, gitSync('git-sync-init', 'true')],
    containers: [
      {
        name,
        image,
        args: ['bash', '-c', `exec airflow ${argument}`],
        env: [...extra, ...settings],
        envFrom: [{ secretRef: { name: 'airflow-extra', optional: true } }],
        livenessProbe: { exec: { command: ['sh', '-c', 'airflow jobs check --local'] } },
        securityContext: security,
        volumeMounts: [
          mount('config', '/opt/airflow/airflow.cfg', { subPath: 'airflow.cfg' }),
          mount('dags', '/dags'),
        ],
      },
      gitSync('git-sync', 'false'),
      {
        name: `${name}-log-groomer`,
        image,
        args: ['bash', '/clean-logs'],
        env: env({ AIRFLOW__LOG_RETENTION_DAYS: '15' }),
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'airflow-config' } }, ...emptyDirs('dags', 'logs')],
  },
});
const store = (name: string, storeImage: string, port: number): Workload => ({
  kind: 'StatefulSet',
  name,
  spec: {
    containers: [
      {
        name,
        image: storeImage,
        ports: [{ containerPort: port }],
        readinessProbe: { tcpSocket: { port } },
        volumeMounts: [mount('data', '/data')],
      },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-${name}-0` } }],
  },
});

/** Workers in a StatefulSet, git-sync beside every process, Jobs, CronJobs, and the pod of one task. */
export const airflow: Application = {
  name: 'airflow',
  source: 'apache/airflow, chart/templates; described from knowledge, 2026-11-28',
  workloads: [
    process('scheduler', 'Deployment', 'scheduler'),
    process('worker', 'StatefulSet', 'celery worker'),
    process('triggerer', 'StatefulSet', 'triggerer'),
    // A team that has had a proxy before: its own values stay.
    process(
      'dag-processor',
      'Deployment',
      'dag-processor',
      env({ HTTPS_PROXY: 'http://old-proxy.corp.example:8080' }),
    ),
    store('airflow-redis', 'redis:7.2-bookworm', 6379),
    store('airflow-postgresql', 'bitnami/postgresql:16', 5432),
    {
      kind: 'Job',
      name: 'airflow-run-airflow-migrations',
      spec: {
        restartPolicy: 'OnFailure',
        containers: [
          {
            name: 'run-airflow-migrations',
            image,
            args: ['airflow', 'db', 'migrate'],
            env: settings,
            securityContext: security,
          },
        ],
      },
    },
    {
      kind: 'CronJob',
      name: 'airflow-cleanup',
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'airflow-cleanup-pods',
            image,
            args: ['airflow', 'kubernetes', 'cleanup-pods', '--namespace=airflow'],
            env: settings,
          },
        ],
      },
    },
    {
      kind: 'Pod',
      name: 'dag-task-0f3a',
      labels: {
        'kubernetes-executor': 'True',
        dag_id: 'example',
        run_id: 'manual__2026-11-28T0000000000-abc',
      },
      spec: {
        restartPolicy: 'Never',
        containers: [
          { name: 'base', image, args: ['airflow', 'tasks', 'run', 'example', 'task'], env: settings },
        ],
      },
    },
  ],
  services: [
    ['airflow-worker', 8793],
    ['airflow-triggerer', 8794],
    ['airflow-redis', 6379],
    ['airflow-postgresql', 5432],
  ],
  networkPolicies: [
    {
      name: 'airflow-worker-policy',
      spec: {
        podSelector: { matchLabels: { component: 'worker' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ podSelector: { matchLabels: { tier: 'airflow' } } }],
            ports: [{ protocol: 'TCP', port: 8793 }],
          },
        ],
      },
    },
  ],
};
