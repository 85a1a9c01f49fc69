import { POD_WEBHOOKS, PRODUCT_NAMESPACE, RULE_WEBHOOKS } from '../../api/index.ts';
import type { MutatingWebhookConfiguration, Secret } from '../../kube/index.ts';
import { readCertificate, readFacts } from '../../tls/index.ts';
import { deploymentProblems, webhookProblems } from '../status/index.ts';
import type { ClusterFacts } from './facts.ts';
import { type Finding, finding, findingOf, listNames } from './finding.ts';
import { guardNames } from './guard-names.ts';

/** Kinds that the product's CustomResourceDefinitions define, in the plural. */
export const ownKinds = [
  'egressrulesets',
  'clusteregressrulesets',
  'egressproxies',
  'egressactivities',
  'egressrequests',
  'egresstargetgroups',
] as const;

export function checkKinds({ servedKinds }: Pick<ClusterFacts, 'servedKinds'>): Finding[] {
  const missing = ownKinds.filter((kind) => !servedKinds.includes(kind));
  if (missing.length === 0) return [];
  const message = `the API server does not serve ${listNames(missing)}: apply the CustomResourceDefinitions of the installed version`;
  return [finding('CrdNotInstalled', 'CustomResourceDefinition zalando.org', message)];
}

export function checkRegistrations({
  mutatingWebhooks = [],
  validatingWebhooks = [],
  now,
}: Pick<ClusterFacts, 'mutatingWebhooks' | 'validatingWebhooks' | 'now'>): Finding[] {
  const pods = mutatingWebhooks.find(({ metadata }) => metadata.name === POD_WEBHOOKS);
  const rules = validatingWebhooks.some(({ metadata }) => metadata.name === RULE_WEBHOOKS);
  const message = 'it does not exist: rule sets are stored without validation; install kube-egress';
  return [
    ...webhookProblems(pods, now).map(findingOf),
    ...(rules
      ? []
      : [finding('RulesNotValidated', `ValidatingWebhookConfiguration ${RULE_WEBHOOKS}`, message)]),
  ];
}

/** Whether a rule set that was sent as a dry run reached the webhook. */
export function checkAdmission({ admission }: Pick<ClusterFacts, 'admission'>): Finding[] {
  if (admission === undefined || admission.reached) return [];
  const message = `the API server cannot call it, so that rule sets are refused and pods get no variables: ${admission.message}`;
  return [finding('WebhookUnreachable', `Service ${PRODUCT_NAMESPACE}/kube-egress-webhook`, message)];
}

/** Milliseconds before its expiry at which a serving certificate is reported: it is renewed long before. */
const EXPIRING = 3 * 24 * 60 * 60 * 1000;

export function checkCertificates({
  servingSecrets = [],
  now,
}: Pick<ClusterFacts, 'servingSecrets' | 'now'>): Finding[] {
  return servingSecrets.flatMap((secret) => {
    const fault = certificateFault(secret, now);
    if (fault === undefined) return [];
    const object = `Secret ${secret.metadata.namespace}/${secret.metadata.name}`;
    return [finding('ServingCertificate', object, `${fault}; the controller renews it: see its log`)];
  });
}

function certificateFault({ data = {} }: Secret, now: number): string | undefined {
  const certificate = readCertificate(Buffer.from(data['tls.crt'] ?? '', 'base64').toString());
  if (certificate === undefined) return 'its tls.crt is no certificate';
  const { notBefore, notAfter } = readFacts(certificate);
  const time = (at: number) => new Date(at).toISOString();
  if (notBefore > now)
    return `its certificate is valid only from ${time(notBefore)}: is this machine's clock right?`;
  if (notAfter < now) return `its certificate expired at ${time(notAfter)}`;
  return notAfter - now < EXPIRING ? `its certificate expires at ${time(notAfter)}` : undefined;
}

export function checkDeployments({ deployments = [] }: Pick<ClusterFacts, 'deployments'>): Finding[] {
  return deploymentProblems(deployments).map(findingOf);
}

/** Milliseconds: several times the period at which a leader renews its Lease, and a clock's tolerance. */
const LEADER_SILENT = 120_000;

export function checkLeader({ leaderLease = [], now }: Pick<ClusterFacts, 'leaderLease' | 'now'>): Finding[] {
  const [lease] = leaderLease;
  const renewed = Date.parse(lease?.spec?.renewTime ?? '');
  if (now - renewed < LEADER_SILENT) return [];
  const since = Number.isFinite(renewed) ? `since ${new Date(renewed).toISOString()}` : 'at all';
  const message = `no controller leads ${since}: nothing is reconciled; kubectl logs -n ${PRODUCT_NAMESPACE} deployment/kube-egress-controller`;
  return [finding('NoLeader', `Lease ${PRODUCT_NAMESPACE}/kube-egress-controller`, message)];
}

export function checkGuards({ guards = [] }: Pick<ClusterFacts, 'guards'>): Finding[] {
  const missing = guardNames.filter((name) => !guards.includes(name));
  if (missing.length === 0) return [];
  const message = `without a policy and a binding: ${listNames(missing)}; tenants can get around the proxy by what they deny: apply the manifests again`;
  return [finding('GuardMissing', 'ValidatingAdmissionPolicy', message)];
}

/** Webhooks of others that pods need and that cannot answer: pods are not created, those of the proxy included. */
export function checkOtherWebhooks({
  mutatingWebhooks = [],
  validatingWebhooks = [],
  webhookServices,
}: Pick<ClusterFacts, 'mutatingWebhooks' | 'validatingWebhooks' | 'webhookServices'>): Finding[] {
  const others = [...mutatingWebhooks, ...validatingWebhooks].filter(
    ({ metadata }) => metadata.name !== POD_WEBHOOKS && metadata.name !== RULE_WEBHOOKS,
  );
  return others.flatMap((configuration) => {
    const down = podServices(configuration).filter((service) => webhookServices?.get(service) === 0);
    if (down.length === 0) return [];
    const message = `it must answer before a pod is created, and its Service has no ready endpoint: ${listNames(down)}; repair it, or except the namespaces of kube-egress from it`;
    return [finding('OtherWebhookDown', `${configuration.kind} ${configuration.metadata.name}`, message)];
  });
}

type Registration = Pick<MutatingWebhookConfiguration, 'webhooks'>;

/** The Services, `namespace/name`, of webhooks without which no pod is created. */
export function podServices({ webhooks = [] }: Registration): string[] {
  return webhooks.flatMap(({ clientConfig: { service }, failurePolicy, rules = [] }) => {
    const ofPods = rules.some(
      ({ resources = [], operations = [] }) =>
        resources.some((each) => each === 'pods' || each === '*' || each === '*/*') &&
        operations.some((each) => each === 'CREATE' || each === '*'),
    );
    return service === undefined || failurePolicy === 'Ignore' || !ofPods
      ? []
      : [`${service.namespace}/${service.name}`];
  });
}
