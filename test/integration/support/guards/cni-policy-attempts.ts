import type { Attempt, Who } from './attempt.ts';
import { cniKinds } from './fixtures.ts';

const [cilium, calico, redirect, antrea] = cniKinds;

const attempt = (
  name: string,
  { group, version, kind }: (typeof cniKinds)[number],
  content: object,
  {
    who = 'tenant',
    namespace = 'enforced',
    refused,
  }: { who?: Who; namespace?: string; refused?: string } = {},
): Attempt => ({
  name,
  who,
  kubectl: 'create -f -',
  object: { apiVersion: `${group}/${version}`, kind, metadata: { name: 'tried', namespace }, ...content },
  ...(refused !== undefined && { refused }),
});

const refused = 'could open what kube-egress closes';
const toInternet = { endpointSelector: {}, egress: [{ toEntities: ['world'] }] };
const allow = { selector: 'all()', types: ['Egress'], egress: [{ action: 'Allow' }] };

/** What the pods of a node send to the frontend goes to a pod of this namespace. */
const redirecting = (redirectFrontend: object) => ({
  spec: { redirectFrontend, redirectBackend: { localEndpointSelector: {} } },
});

export const cniPolicyAttempts: Attempt[] = [
  attempt("Cilium's policy to the internet", cilium, { spec: toInternet }, { refused }),
  attempt(
    "Cilium's policy with several specs",
    cilium,
    { specs: [{ ingress: [{}] }, toInternet] },
    { refused },
  ),
  attempt("Calico's policy that comes before ours", calico, { spec: allow }, { refused }),
  attempt("Antrea's policy that comes before ours", antrea, { spec: allow }, { refused }),
  attempt(
    "Cilium's redirect of an address to the tenant's pods",
    redirect,
    redirecting({ addressMatcher: { ip: '203.0.113.1', toPorts: [{ port: '443', protocol: 'TCP' }] } }),
    { refused: 'would receive what other pods send' },
  ),
  attempt(
    "Cilium's redirect of the tenant's own Service",
    redirect,
    redirecting({ serviceMatcher: { serviceName: 'my-app', namespace: 'enforced' } }),
  ),
  attempt("Cilium's policy for ingress", cilium, { spec: { endpointSelector: {}, ingress: [{}] } }),
  attempt("Cilium's policy by an operator", cilium, { spec: toInternet }, { who: 'operator' }),
  attempt("Cilium's policy where nothing is enforced", cilium, { spec: toInternet }, { namespace: 'plain' }),
];
