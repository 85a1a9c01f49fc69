import { X509Certificate } from 'node:crypto';
import { label, MANAGER } from '../../api/index.ts';
import { NAMESPACE_POLICY } from '../../enforcement/index.ts';
import type { Deployment, KubeObject, MutatingWebhookConfiguration } from '../../kube/index.ts';
import { guideOf, type Problem } from './find-problems.ts';

const CONTROLLER = 'kube-egress-controller';

/** Milliseconds before its expiry at which a certificate is reported: the controller renews it long before. */
const EXPIRING = 7 * 24 * 60 * 60 * 1000;

/** Problems of the webhook's registration: without it no pod gets the variables. */
export function webhookProblems(
  configuration: MutatingWebhookConfiguration | undefined,
  now: number,
): Problem[] {
  const problem = (reason: string, message: string): Problem => ({
    object: 'MutatingWebhookConfiguration kube-egress-pods',
    type: 'Webhook',
    reason,
    message,
    guide: guideOf('Webhook'),
  });
  if (configuration === undefined)
    return [problem('NotInstalled', 'it does not exist: new pods get no variables; install kube-egress')];
  const bundle = configuration.webhooks?.[0]?.clientConfig.caBundle ?? '';
  const certificates = readCertificates(Buffer.from(bundle, 'base64').toString());
  if (certificates.length === 0)
    return [
      problem(
        'NoCertificate',
        'it has no caBundle, which the controller writes: see the log of the controller',
      ),
    ];
  const newest = Math.max(...certificates.map(({ validTo }) => Date.parse(validTo)));
  if (newest - now > EXPIRING) return [];
  const verb = newest < now ? 'expired' : 'expires';
  return [
    problem(
      'CertificateExpiring',
      `its authority ${verb} at ${new Date(newest).toISOString()}, and the controller has not renewed it: see the log of the controller`,
    ),
  ];
}

function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Deployments of the product without their replicas. */
export function deploymentProblems(deployments: readonly Deployment[]): Problem[] {
  return deployments.flatMap(({ metadata: { namespace, name }, spec, status }) => {
    const [wanted, ready] = [spec?.replicas ?? 1, status?.readyReplicas ?? 0];
    if (ready >= wanted) return [];
    const message = `${ready} of ${wanted} replicas are ready: kubectl describe pods -n ${namespace}`;
    const object = `Deployment ${namespace}/${name}`;
    return [{ object, type: 'Deployment', reason: 'NotReady', message, guide: guideOf('Deployment') }];
  });
}

/**
 * Namespaces that an uninstall left closed: their policy exists, and no controller that would remove it. Both lists are
 * those of a user who may list them: `policies` has the controller's policies of all namespaces.
 */
export function leftBehindProblems(
  policies: readonly KubeObject[],
  deployments: readonly Deployment[],
): Problem[] {
  if (deployments.some(({ metadata }) => metadata.name === CONTROLLER)) return [];
  const closing = policies.filter(({ metadata }) => metadata.name.startsWith(NAMESPACE_POLICY));
  return closing.map(({ metadata: { namespace, name } }) => ({
    object: `Namespace ${namespace}`,
    type: 'LeftBehind',
    reason: 'ClosedAfterUninstall',
    message: `its NetworkPolicy ${name} still closes it, and there is no controller that would remove it. Open it: kubectl delete networkpolicy -n ${namespace} -l ${label.managedBy}=${MANAGER}`,
    guide: guideOf('LeftBehind'),
  }));
}
