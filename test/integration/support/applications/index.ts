/** The objects of published applications, for tests of what opting in changes. */
import { airflow } from './airflow.ts';
import { argoCd } from './argo-cd.ts';
import { certManager } from './cert-manager.ts';
import { ingressNginx } from './ingress-nginx.ts';
import { kubePrometheus } from './kube-prometheus.ts';
import { microservicesDemo } from './microservices-demo.ts';

export type { Application, Workload, WorkloadKind } from './application.ts';

export const applications = [microservicesDemo, argoCd, kubePrometheus, certManager, ingressNginx, airflow];
