import { type Application, fieldEnv, httpProbe, restricted } from './application.ts';

const namespaceEnv = fieldEnv({ POD_NAMESPACE: 'metadata.namespace' });
const podSecurity = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/** Arguments expand a variable that comes after the injected ones; the solver is a bare pod that the controller makes. */
export const certManager: Application = {
  name: 'cert-manager',
  source: 'cert-manager/cert-manager, deploy/charts/cert-manager; described from knowledge, 2026-11-28',
  workloads: [
    {
      kind: 'Deployment',
      name: 'cert-manager',
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9402' },
      spec: {
        enableServiceLinks: false,
        securityContext: podSecurity,
        containers: [
          {
            name: 'cert-manager-controller',
            image: 'quay.io/jetstack/cert-manager-controller:v1.18.2',
            args: [
              '--v=2',
              '--cluster-resource-namespace=$(POD_NAMESPACE)',
              '--leader-election-namespace=kube-system',
              '--acme-http01-solver-image=quay.io/jetstack/cert-manager-acmesolver:v1.18.2',
            ],
            env: namespaceEnv,
            ports: [{ containerPort: 9402, name: 'http-metrics' }],
            livenessProbe: httpProbe('/livez', 'http-healthz'),
            securityContext: restricted,
          },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'cert-manager-webhook',
      spec: {
        securityContext: podSecurity,
        containers: [
          {
            name: 'cert-manager-webhook',
            image: 'quay.io/jetstack/cert-manager-webhook:v1.18.2',
            args: [
              '--secure-port=10250',
              '--dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)',
              '--dynamic-serving-dns-names=cert-manager-webhook.$(POD_NAMESPACE).svc',
            ],
            env: namespaceEnv,
            ports: [{ containerPort: 10250, name: 'https' }],
            readinessProbe: httpProbe('/healthz', 6080),
            securityContext: restricted,
          },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'cert-manager-webhook-on-the-node',
      refused: 'spec.hostNetwork',
      spec: {
        hostNetwork: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        containers: [
          {
            name: 'cert-manager-webhook',
            image: 'quay.io/jetstack/cert-manager-webhook:v1.18.2',
            args: ['--secure-port=10260'],
            env: namespaceEnv,
            securityContext: restricted,
          },
        ],
      },
    },
    {
      kind: 'Job',
      name: 'cert-manager-startupapicheck',
      annotations: { 'helm.sh/hook': 'post-install' },
      spec: {
        restartPolicy: 'OnFailure',
        securityContext: podSecurity,
        containers: [
          {
            name: 'cert-manager-startupapicheck',
            image: 'quay.io/jetstack/cert-manager-startupapicheck:v1.18.2',
            args: ['check', 'api', '--wait=1m', '-v'],
            env: namespaceEnv,
            securityContext: restricted,
          },
        ],
      },
    },
    {
      kind: 'Pod',
      name: 'cm-acme-http-solver-x7k2p',
      labels: { 'acme.cert-manager.io/http01-solver': 'true' },
      spec: {
        restartPolicy: 'OnFailure',
        enableServiceLinks: false,
        containers: [
          {
            name: 'acmesolver',
            image: 'quay.io/jetstack/cert-manager-acmesolver:v1.18.2',
            args: ['--listen-port=8089', '--domain=www.example.com', '--token=t', '--key=k'],
            ports: [{ containerPort: 8089, name: 'http' }],
            securityContext: restricted,
            resources: { requests: { cpu: '10m', memory: '64Mi' } },
          },
        ],
      },
    },
  ],
  services: [
    ['cert-manager', 9402],
    ['cert-manager-webhook', 443],
  ],
  networkPolicies: [
    {
      // The chart's default for `webhook.networkPolicy.egress`.
      name: 'cert-manager-webhook-allow-egress',
      refused: 'spec.egress has an ipBlock',
      spec: {
        podSelector: { matchLabels: { app: 'cert-manager-webhook' } },
        policyTypes: ['Egress'],
        egress: [
          {
            ports: [{ port: 80 }, { port: 443 }, { port: 53, protocol: 'UDP' }, { port: 6443 }],
            to: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
          },
        ],
      },
    },
  ],
};
