import { type Application, emptyDirs, env, httpProbe, mount, restricted, secretEnv } from './application.ts';

const image = 'quay.io/argoproj/argocd:latest';
const parameter = (name: string, key: string) => ({
  name,
  valueFrom: { configMapKeyRef: { name: 'argocd-cmd-params-cm', key, optional: true } },
});
const redisPassword = secretEnv('REDIS_PASSWORD', 'argocd-redis', 'auth');
const tls = (secret: string) => ({
  name: secret,
  secret: { secretName: secret, optional: true, items: [{ key: 'tls.crt', path: 'tls.crt' }] },
});
const ingressOnly = (name: string, port: number) => ({
  name,
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
    ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port }] }],
    policyTypes: ['Ingress'],
  },
});

/** A binary is copied by an init container, passwords are expanded in arguments, policies limit only ingress. */
export const argoCd: Application = {
  name: 'argo-cd',
  source:
    'argoproj/argo-cd, manifests/base; the repo-server read, the rest described from knowledge, 2026-11-28',
  workloads: [
    {
      kind: 'StatefulSet',
      name: 'argocd-application-controller',
      spec: {
        serviceAccountName: 'argocd-application-controller',
        containers: [
          {
            name: 'argocd-application-controller',
            image,
            args: ['/usr/local/bin/argocd-application-controller'],
            env: [
              redisPassword,
              ...env({ ARGOCD_CONTROLLER_REPLICAS: '1', KUBECACHEDIR: '/tmp/kubecache' }),
              parameter('ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER', 'repo.server'),
              parameter('REDIS_SERVER', 'redis.server'),
            ],
            ports: [{ containerPort: 8082 }],
            readinessProbe: httpProbe('/healthz', 8082),
            securityContext: restricted,
            volumeMounts: [
              mount('argocd-repo-server-tls', '/app/config/controller/tls'),
              mount('home', '/home/argocd'),
            ],
          },
        ],
        volumes: [...emptyDirs('home'), tls('argocd-repo-server-tls')],
      },
    },
    {
      kind: 'Deployment',
      name: 'argocd-repo-server',
      spec: {
        automountServiceAccountToken: false,
        initContainers: [
          {
            name: 'copyutil',
            image,
            command: ['sh', '-c'],
            args: ['/bin/cp --update=none /usr/local/bin/argocd /var/run/argocd/argocd'],
            securityContext: restricted,
            volumeMounts: [mount('var-files', '/var/run/argocd')],
          },
        ],
        containers: [
          {
            name: 'argocd-repo-server',
            image,
            args: ['/usr/local/bin/argocd-repo-server'],
            env: [
              redisPassword,
              parameter('ARGOCD_REPO_SERVER_LOGLEVEL', 'reposerver.log.level'),
              parameter('REDIS_SERVER', 'redis.server'),
              ...env({ HELM_CACHE_HOME: '/helm-working-dir', HELM_DATA_HOME: '/helm-working-dir' }),
            ],
            ports: [{ containerPort: 8081 }, { containerPort: 8084 }],
            livenessProbe: httpProbe('/healthz?full=true', 8084),
            securityContext: restricted,
            volumeMounts: [
              mount('ssh-known-hosts', '/app/config/ssh'),
              mount('tls-certs', '/app/config/tls'),
              mount('tmp', '/tmp'),
              mount('helm-working-dir', '/helm-working-dir'),
              mount('plugins', '/home/argocd/cmp-server/plugins'),
            ],
          },
        ],
        volumes: [
          { name: 'ssh-known-hosts', configMap: { name: 'argocd-ssh-known-hosts-cm' } },
          { name: 'tls-certs', configMap: { name: 'argocd-tls-certs-cm' } },
          ...emptyDirs('tmp', 'helm-working-dir', 'var-files', 'plugins'),
          tls('argocd-repo-server-tls'),
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'argocd-redis',
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: 'RuntimeDefault' } },
        initContainers: [
          {
            name: 'secret-init',
            image,
            command: ['argocd', 'admin', 'redis-initial-password'],
            securityContext: restricted,
          },
        ],
        containers: [
          {
            name: 'redis',
            image: 'redis:8.2-alpine',
            args: ['--save', '', '--appendonly', 'no', '--requirepass $(REDIS_PASSWORD)'],
            env: [redisPassword],
            ports: [{ containerPort: 6379 }],
            securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
          },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'argocd-dex-server',
      spec: {
        initContainers: [
          {
            name: 'copyutil',
            image,
            command: ['/bin/cp', '-n', '/usr/local/bin/argocd', '/shared/argocd-dex'],
            securityContext: restricted,
            volumeMounts: [mount('static-files', '/shared')],
          },
        ],
        containers: [
          {
            name: 'dex',
            image: 'ghcr.io/dexidp/dex:v2.43.0',
            command: ['/shared/argocd-dex', 'rundex'],
            ports: [{ containerPort: 5556 }, { containerPort: 5557 }],
            securityContext: restricted,
            volumeMounts: [mount('static-files', '/shared'), mount('dexconfig', '/tmp')],
          },
        ],
        volumes: emptyDirs('static-files', 'dexconfig'),
      },
    },
  ],
  services: [
    ['argocd-repo-server', 8081],
    ['argocd-redis', 6379],
    ['argocd-dex-server', 5556],
    ['argocd-metrics', 8082],
  ],
  networkPolicies: [ingressOnly('argocd-repo-server', 8081), ingressOnly('argocd-redis', 6379)],
};
