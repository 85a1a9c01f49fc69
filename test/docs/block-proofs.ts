import type { Block } from '../support/block-of-page.ts';

/** `[page, text that the block has, proof]`. The proof is a test, "`test/x.test.ts`: title", or why there can be none. */
type Proof = readonly [page: string, has: string, proof: string];

const none = (why: string) => `not run: ${why}`;
const guide = (title: string) => `\`test/integration/guide.test.ts\`: ${title}`;
const readme = (title: string) => `\`test/integration/readme.test.ts\`: ${title}`;
/** Needs pods, which the integration tests have not. */
const pods = (title: string) => `\`test/cluster/guide-blocks.test.ts\`: ${title}`;
const walk = (title: string) => `\`test/installs/walk.test.ts\`: ${title}`;
const REMOVES = 'removes itself: the namespace is open, its pods have no variables, and nothing is left';
const docker = '`test/integration/kind.test.ts`: the lines of %s are ones that docker and kind take: %s';
const helm = (title: string) => `\`test/cluster/helm.test.ts\`: ${title}`;
const cli = (title: string) => `\`test/integration/cli.test.ts\`: ${title}`;

const rotations = (title: string) => `\`test/integration/certificate-rotations.test.ts\`: ${title}`;
const refusal = '`test/docs/blocks.test.ts`: %s shows the refusal as it is';
const auditLine = '`test/docs/blocks.test.ts`: docs/guide/audit.md shows a line as it is';
const fields = '`test/docs/collect.test.ts`: the queries of the guide name fields that there are';
const gke = none('the commands of scripts/scenario/gke, which test/cluster/gke-scenario.test.ts executes');

/** What shows each block that is not a manifest of the product's kinds, which test/integration/guide.test.ts applies. */
export const proofs: readonly Proof[] = [
  ['CONTRIBUTING.md', 'npm ci', none('CI begins with both')],
  ['README.md', '$ curl -v', refusal],
  ['README.md', 'flowchart', none('a picture')],
  ['README.md', 'scripts/kind up', docker],
  ['README.md', 'helm install', walk('installs')],
  ['README.md', 'docker build', docker],
  ['README.md', 'kubectl rollout status', walk('upgrades')],
  ['README.md', 'helm upgrade', walk('upgrades')],
  ['README.md', 'helm rollback', walk('rolls back')],
  ['README.md', 'egress.zalando.org/mode-', walk(REMOVES)],
  ['README.md', 'kubectl delete -k', walk(REMOVES)],
  ['README.md', 'helm uninstall', walk(REMOVES)],
  ['README.md', '# my-overlay/', readme('%s is true')],
  ['README.md', 'kubectl apply -k my-overlay', readme('%s is true')],
  [
    'README.md',
    'mode=observe',
    pods('observe: the restarted pods have the variables, and nothing is refused'),
  ],
  ['README.md', 'mode=enforce', pods('the log says what enforce mode would refuse, and then it refuses it')],
  ['README.md', './scripts/demo', none('chapters of the demo are those of test/cluster/scenario.test.ts')],
  ['docs/guide/activity.md', '$ kubectl get egressactivity', guide('%s shows the columns of %s')],
  ['docs/guide/activity.md', 'Pod my-app/api may not reach', refusal],
  [
    'docs/guide/activity.md',
    'kubectl get events',
    pods('the id of a refusal leads to its line and to its Event'),
  ],
  ['docs/guide/audit.md', '$ kubectl logs', auditLine],
  [
    'docs/guide/audit.md',
    'log-streamer',
    '`test/cluster/access-log.test.ts`: combined: the article’s line, from the article’s container',
  ],
  ['docs/guide/audit.md', 'job="egress-audit"', fields],
  ['docs/guide/audit.md', 'GET egress-audit/_search', fields],
  [
    'docs/guide/break-glass.md',
    '-l egress.zalando.org/mode=enforce',
    guide('1. observe mode opens a namespace, or all of them'),
  ],
  [
    'docs/guide/break-glass.md',
    'kubectl patch egressproxy squid',
    guide('1. observe mode opens a namespace, or all of them'),
  ],
  ['docs/guide/break-glass.md', 'mode=none', guide('2. out of control')],
  [
    'docs/guide/break-glass.md',
    'kubectl delete networkpolicy',
    guide('3. and 4. without a controller; then back'),
  ],
  [
    'docs/guide/break-glass.md',
    'kubectl delete mutatingwebhookconfiguration',
    guide('3. and 4. without a controller; then back'),
  ],
  [
    'docs/guide/break-glass.md',
    'kubectl apply -k my-overlay',
    guide('3. and 4. without a controller; then back'),
  ],
  [
    'docs/guide/certificates.md',
    'kubectl patch secret',
    rotations(`\${ROTATIONS} times, and no admission fails`),
  ],
  [
    'docs/guide/certificates.md',
    'kind: Certificate',
    "`test/cert-manager/cert-manager.test.ts`: is issued by cert-manager's controller before the product is installed",
  ],
  [
    'docs/guide/certificates.md',
    'kubectl delete secret',
    rotations('a deleted Secret leaves only the new CA, and the webhook is called again'),
  ],
  [
    'docs/guide/client-recipes.md',
    'ProxyCommand',
    pods('the ProxyCommand asks the proxy, which answers as the page says'),
  ],
  ['docs/guide/corporate-networks.md', '→', none('a picture')],
  ['docs/guide/corporate-networks.md', 'kubectl apply -k manifests/examples/intra-proxy', gke],
  ['docs/guide/corporate-networks.md', 'kubectl label namespace api', guide('%s: %s')],
  [
    'docs/guide/corporate-networks.md',
    'rewrite name exact',
    '`test/cluster/alias-in-dns.test.ts`: by the block of the guide leads to the Service, and the proxy answers under it',
  ],
  ['docs/guide/corporate-networks.md', 'test-proxy.sh', gke],
  [
    'docs/guide/dashboard.md',
    'kubectl create token',
    guide('dashboard.md: a viewer has a token that the API server knows'),
  ],
  [
    'docs/guide/dashboard.md',
    'scripts/dashboard',
    '`test/cluster/dashboard-page.test.ts`: shows what the kubeconfig may see, including the flows of all agents',
  ],
  ['docs/guide/direct-targets.md', '$ kubectl get egressproxy', guide('%s shows the columns of %s')],
  [
    'docs/guide/gitops.md',
    'kind: Application',
    guide('the Application leaves the fields of the controller alone'),
  ],
  [
    'docs/guide/gitops.md',
    'kind: ConfigMap',
    '`test/integration/argo-health.test.ts`: every kind that users write has a script; those with the condition Ready share one',
  ],
  [
    'docs/guide/gitops.md',
    'kustomize.toolkit.fluxcd.io/v1',
    guide('the Kustomization is one that Flux takes'),
  ],
  [
    'docs/guide/gitops.md',
    'ssa: IfNotPresent',
    guide("the patch of gitops.md reaches every guard's binding"),
  ],
  [
    'docs/guide/goaccess.md',
    'kubectl port-forward',
    '`test/cluster/access-log.test.ts`: shows in its panels which pod went where',
  ],
  ['docs/guide/kubectl-egress.md', 'install dist/kubectl-egress', cli('runs %s as kubectl does')],
  ['docs/guide/kubectl-egress.md', 'kubectl egress suggest -n shop | ', cli('runs %s as kubectl does')],
  ['docs/guide/kubectl-egress.md', 'kubectl egress disable shop', cli('runs %s as kubectl does')],
  ['docs/guide/kubectl-egress.md', ' --live', none('needs pods, and what they request outside')],
  [
    'docs/guide/kubectl-egress.md',
    '$ kubectl egress lint',
    '`test/docs/kubectl-egress.test.ts`: shows what lint prints',
  ],
  [
    'docs/guide/kubectl-egress.md',
    '- *.example.com:443',
    '`test/docs/kubectl-egress.test.ts`: shows what lint prints',
  ],
  ['docs/guide/kubectl-egress.md', '$ kubectl egress', cli('shows what %s prints')],
  [
    'docs/guide/kubectl-egress.md',
    'f283982ec4-3',
    '`test/docs/blocks.test.ts`: docs/guide/kubectl-egress.md shows the lines of logs',
  ],
  [
    'docs/guide/kubectl-egress.md',
    'The proxy of the pod',
    '`test/cluster/kubectl-egress.test.ts`: shows each step of what is allowed, with the labels of a pod',
  ],
  [
    'docs/guide/kubectl-egress.md',
    'id: egress-lint',
    none('a file of pre-commit; the command is that of the page'),
  ],
  ['docs/guide/local-cluster.md', 'scripts/kind up', docker],
  [
    'docs/guide/local-cluster.md',
    'scripts/cluster up',
    none('the cluster tests begin with these commands (scripts/test)'),
  ],
  [
    'docs/guide/metrics.md',
    'overlays/monitored',
    guide('metrics.md: the overlay with objects of the Prometheus operator'),
  ],
  ['docs/guide/metrics.md', 'egress.zalando.org/scrape=true', guide('%s: %s')],
  [
    'docs/guide/networks.md',
    'kubectl wait',
    pods('the commands of networks.md say that policies are enforced, and which facts were found'),
  ],
  ['docs/guide/nodes.md', 'Environment=', none('a file of systemd on nodes')],
  ['docs/guide/operators.md', '$ kubectl wait', pods('the commands print what the page shows: $text')],
  [
    'docs/guide/operators.md',
    'helm install',
    helm('installs on an empty one; the notes name what is missing and how to wait'),
  ],
  ['docs/guide/operators.md', 'configMapGenerator', guide('the overlay takes another default proxy')],
  ['docs/guide/operators.md', 'kubectl create rolebinding', guide('%s: %s')],
  ['docs/guide/operators.md', 'mode=observe', guide('observe, then enforce, then blocked, and back')],
  ['docs/guide/operators.md', '$ kubectl logs', pods('the command of operators.md finds the same lines')],
  ['docs/guide/operators.md', 'mode=enforce', guide('observe, then enforce, then blocked, and back')],
  ['docs/guide/operators.md', 'mode=blocked', guide('observe, then enforce, then blocked, and back')],
  [
    'docs/guide/operators.md',
    'name: kube-egress-bypass',
    '`test/integration/readme.test.ts`: its role gives the verb bypass',
  ],
  ['docs/guide/operators.md', 'egress.zalando.org/exceptions=', guide('admit what they name')],
  ['docs/guide/operators.md', '"exemptNamespaces"', guide('enforcement by default begins with observation')],
  ['docs/guide/operators.md', '.status.discovered', guide('facts of the cluster are shown')],
  ['docs/guide/requests.md', '$ kubectl egress request', cli('shows what %s prints')],
  ['docs/guide/requests.md', 'egress-approvers', guide('%s: %s')],
  ['docs/guide/requests.md', 'kind: EgressRequest', guide('requests.md: a request is made and approved')],
  ['docs/guide/requests.md', '"outcome":"Approved"', guide('requests.md: a request is made and approved')],
  ['docs/guide/targets.md', 'Pod my-app/api-1 may not reach', refusal],
  [
    'docs/guide/targets.md',
    '"reason":"NoMatchingRule"',
    '`test/docs/blocks.test.ts`: docs/guide/targets.md shows the fields of the answer in JSON',
  ],
  [
    'docs/guide/transparent-mode.md',
    '"transparent":true',
    guide('transparent-mode.md: kubectl patch egressproxy squid'),
  ],
  [
    'docs/guide/troubleshooting.md',
    'kubectl delete networkpolicy,configmap',
    guide('3. and 4. without a controller; then back'),
  ],
  ['docs/guide/trust-bundle.md', 'kubectl create configmap', guide('%s: %s')],
  ['docs/guide/trust-bundle.md', 'keytool', guide('the init container of trust-bundle.md is one of a pod')],
  ['docs/guide/upgrade.md', 'kubectl diff', guide('upgrade.md: kubectl diff tells what would change')],
  [
    'docs/guide/upgrade.md',
    'kubectl apply -k my-overlay',
    '`test/cluster/upgrade.test.ts`: %s refuses none, and no audit line is lost',
  ],
  ['docs/guide/upgrade.md', 'helm upgrade', helm('an upgrade with other values changes them')],
  ['docs/guide/upgrade.md', 'helm rollback', helm('a rollback returns to the values before')],
  ['docs/guide/upgrade.md', '> rules.json', guide('restores what was deleted')],
  ['docs/guide/upgrade.md', '-f rules.json', guide('restores what was deleted')],
];

/** @returns undefined for a block that no proof names */
export function proofOf(page: string, { text }: Block): string | undefined {
  return proofs.find(([of, has]) => of === page && text.includes(has))?.[2];
}
