import { type Application, env, fieldEnv, httpProbe, mount, type Workload } from './application.ts';

const controller = (more: object = {}) => ({
  name: 'controller',
  image: 'registry.k8s.io/ingress-nginx/controller:v1.13.0',
  args: [
    '/nginx-ingress-controller',
    '--configmap=$(POD_NAMESPACE)/ingress-nginx-controller',
    '--validating-webhook=:8443',
  ],
  env: [
    ...fieldEnv({ POD_NAME: 'metadata.name', POD_NAMESPACE: 'metadata.namespace' }),
    ...env({ LD_PRELOAD: '/usr/local/lib/libmimalloc.so' }),
  ],
  lifecycle: { preStop: { exec: { command: ['/wait-shutdown'] } } },
  livenessProbe: httpProbe('/healthz', 10254),
  ports: [
    { containerPort: 80, name: 'http' },
    { containerPort: 443, name: 'https' },
    { containerPort: 8443, name: 'webhook' },
  ],
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
    runAsNonRoot: true,
    runAsUser: 101,
  },
  volumeMounts: [mount('webhook-cert', '/usr/local/certificates/', { readOnly: true })],
  ...more,
});

const certificate = { name: 'webhook-cert', secret: { secretName: 'ingress-nginx-admission' } };

const admissionJob = (name: string, args: string[]): Workload => ({
  kind: 'Job',
  name: `ingress-nginx-admission-${name}`,
  spec: {
    restartPolicy: 'OnFailure',
    containers: [
      {
        name,
        image: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.0',
        args,
        env: fieldEnv({ POD_NAMESPACE: 'metadata.namespace' }),
        securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 65532 },
      },
    ],
  },
});

/** A controller behind a load balancer, the bare-metal form on the node's network, and Jobs that make a certificate. */
export const ingressNginx: Application = {
  name: 'ingress-nginx',
  source:
    'kubernetes/ingress-nginx, deploy/static/provider; the controller read, versions and the rest described from knowledge, 2026-11-28',
  workloads: [
    {
      kind: 'Deployment',
      name: 'ingress-nginx-controller',
      spec: {
        dnsPolicy: 'ClusterFirst',
        terminationGracePeriodSeconds: 300,
        containers: [controller()],
        volumes: [certificate],
      },
    },
    {
      kind: 'DaemonSet',
      name: 'ingress-nginx-on-every-node',
      refused: 'spec.hostNetwork',
      spec: {
        hostNetwork: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        containers: [controller({ ports: [{ containerPort: 80, hostPort: 80, name: 'http' }] })],
        volumes: [certificate],
      },
    },
    admissionJob('create', [
      'create',
      '--host=ingress-nginx-controller-admission,ingress-nginx-controller-admission.$(POD_NAMESPACE).svc',
      '--namespace=$(POD_NAMESPACE)',
    ]),
    admissionJob('patch', [
      'patch',
      '--webhook-name=ingress-nginx-admission',
      '--namespace=$(POD_NAMESPACE)',
    ]),
  ],
  services: [
    ['ingress-nginx-controller', 80],
    ['ingress-nginx-controller-admission', 443],
  ],
};
