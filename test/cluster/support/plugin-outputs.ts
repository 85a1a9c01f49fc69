/** What a command of kubectl egress prints on the cluster, of a namespace `shop` in enforce mode. */
export interface PluginOutput {
  /** After `kubectl egress`. */
  line: string;
  input?: string;
  code: number;
  /** As `withoutChance` leaves it. */
  text: string;
  /** It shows what the controller and the agents have written, which comes a moment later. */
  settles?: true;
  /** Its lines are of several agents, whose order is open. */
  sorted?: true;
  /** Only the names of the fields, of what is long. */
  fields?: true;
}

const ALLOWED = 'd1.example.com:443';
const REFUSED = 'd13.example.com:443';

const ruleSet = (...targets: string[]) => `apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata: {name: rules, namespace: shop}
spec:
  targets:
${targets.map((target) => `  - ${JSON.stringify(target)}\n`).join('')}`;

const pod = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    image: web:1
`;

const variables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const PROXY = 'http://squid.egress-proxy.svc.cluster.local:3128';

/** The namespace has the pod `api` and the rule set `rules`; the pod requested one target twice and the other one once. */
export const before = { allowed: ALLOWED, refused: REFUSED, manifest: ruleSet(ALLOWED) };

/** In this order: some change what the next ones show. */
export const outputs: readonly PluginOutput[] = [
  {
    line: 'status -n shop',
    code: 0,
    settles: true,
    text: `NAMESPACE  MODE  INJECTED  ENFORCED  REQUESTS  DENIED  LAST REFUSED
shop  enforce  True  True  3  1  ${REFUSED}

No problems.
`,
  },
  {
    line: 'doctor -n shop',
    code: 0,
    settles: true,
    text: `ok  Kubernetes is new enough
ok  the clocks of the nodes are right
ok  a CNI enforces NetworkPolicies
ok  the cluster DNS is found
ok  the pod ranges are found
ok  webhooks of others answer
ok  the kinds are installed
ok  the webhooks are registered
ok  the webhook answers
ok  serving certificates are valid
ok  the Deployments are ready
ok  a controller leads
ok  the guards are in force
ok  no condition reports a problem
ok  proxy pods are permitted
ok  mode labels are valid
ok  each namespace that opted in has a proxy
ok  pods have the variables
ok  pods do not set variables of their own
ok  pods use the variables
ok  no mesh takes connections to the proxy
ok  no enforced pod is on the host network
ok  observed namespaces are ready for enforce mode
ok  tunnels begin with TLS for their name
`,
  },
  {
    line: `check shop/api ${ALLOWED} ${REFUSED}`,
    code: 1,
    text: `TARGET  VERDICT  REASON  RULE
${ALLOWED}  allow  RuleAllowed  shop/rules#0
${REFUSED}  deny  NoMatchingRule

${REFUSED}: To allow it, add "${REFUSED}" to an EgressRuleSet in namespace shop, or ask for it: kubectl egress request. Rules that look alike: ${ALLOWED}.
`,
  },
  {
    line: `explain ${REFUSED} -n shop`,
    code: 1,
    text: `Now: ${REFUSED}: deny (NoMatchingRule)
To allow it, add "${REFUSED}" to an EgressRuleSet in namespace shop, or ask for it: kubectl egress request.
Rules that look alike: ${ALLOWED}
Observed:
  TIME  deny  NoMatchingRule  1 request
`,
  },
  {
    line: 'flows -n shop',
    code: 0,
    settles: true,
    sorted: true,
    text: `TIME  STATE  VERDICT  CLIENT  TARGET  REASON  STATUS  ID
TIME  closed  allow  shop/api  ${ALLOWED}  RuleAllowed  200  ID
TIME  closed  allow  shop/api  ${ALLOWED}  RuleAllowed  200  ID
TIME  closed  deny  shop/api  ${REFUSED}  NoMatchingRule  403  ID
`,
  },
  {
    line: 'logs -n shop',
    code: 0,
    settles: true,
    sorted: true,
    text: `TIME  allow  shop/api  CONNECT  ${ALLOWED}  RuleAllowed shop/rules#0  200 0ms  ID
TIME  allow  shop/api  CONNECT  ${ALLOWED}  RuleAllowed shop/rules#0  200 0ms  ID
TIME  deny  shop/api  CONNECT  ${REFUSED}  NoMatchingRule  403 0ms  ID
`,
  },
  {
    line: 'top targets -n shop',
    code: 0,
    settles: true,
    text: `TARGET  REQUESTS  DENIED  LAST SEEN
${ALLOWED}  2  0  TIME
${REFUSED}  1  1  TIME
`,
  },
  {
    line: 'suggest -n shop --include-refused',
    code: 0,
    text: `apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata:
  name: suggested
  namespace: shop
spec:
  targets:
  - "${REFUSED}" # 1 request, last TIME
`,
  },
  {
    line: 'simulate -n shop -f -',
    input: ruleSet(REFUSED),
    code: 1,
    text: `OUTCOME  TARGET  REQUESTS  LAST SEEN  REASON  WORKLOADS
newly refused  ${ALLOWED}  2  TIME  NoMatchingRule
newly passes  ${REFUSED}  1  TIME  RuleAllowed
1 newly refused, 1 newly passes, 0 passes, 0 still refused
`,
  },
  {
    line: `allow shop ${REFUSED} --for 2h --reason test --name later --dry-run`,
    code: 0,
    text: `egressruleset.zalando.org/later created (server dry run)
shop may reach ${REFUSED} until TIME
to end it now: kubectl delete egressruleset later -n shop
`,
  },
  ...['first', 'second'].map((name) => ({
    line: `request shop ${REFUSED} --for 2h --reason test --name ${name}`,
    code: 0,
    text: `egressrequest.zalando.org/${name} created
it asks for ${REFUSED} for 2h, and has no effect until it is approved
to approve it: kubectl egress approve ${name} -n shop
`,
  })),
  {
    line: 'approve first -n shop',
    code: 0,
    text: `egressrequest.zalando.org/first approved
admin asked for ${REFUSED} for 2h in shop: test
to end it early: kubectl delete egressrequest first -n shop
`,
  },
  {
    line: 'refuse second -n shop --reason no',
    code: 0,
    text: `egressrequest.zalando.org/second refused
admin asked for ${REFUSED} for 2h in shop: test
`,
  },
  {
    line: 'requests -n shop -o wide',
    code: 0,
    settles: true,
    sorted: true,
    text: `NAMESPACE  NAME  STATE  TARGETS  FOR  REQUESTED BY  ANSWERED BY  EXPIRES  RULE SET  REASON
shop  first  Approved  ${REFUSED}  2h  admin  admin  TIME  request-first  test
shop  second  Refused  ${REFUSED}  2h  admin  admin  -  -  test
`,
  },
  {
    line: 'lint -f -',
    input: ruleSet('api', '*.example.com:443'),
    code: 1,
    text: `stdin:6:5: error: spec.targets[0]: the port is missing (PortMissing)
    write: "api:443"
1 object, 1 error, 0 warnings
`,
  },
  {
    line: 'inject -f -',
    input: pod,
    code: 0,
    text: `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    egress.zalando.org/injected: '{"proxy":"egress-proxy.squid","url":"${PROXY}","containers":["web"],"aliasAddress":"ADDRESS"}'
spec:
  containers:
    - name: web
      image: web:1
      env:
${variables.map((name) => `        - name: ${name}\n          value: ${/no_/i.test(name) ? 'NAMES' : PROXY}\n`).join('')}  hostAliases:
    - ip: ADDRESS
      hostnames:
        - squid.egress-proxy.svc.cluster.local
`,
  },
  {
    line: 'support-bundle -n shop',
    code: 0,
    fields: true,
    text: `time
kubernetes
nodes
doctor
egressProxies
egressRuleSets
clusterEgressRuleSets
namespaces
mutatingWebhooks
validatingWebhooks
guards
components
`,
  },
  {
    line: 'completion',
    code: 0,
    text: `#!/bin/sh
# Completions of kubectl egress: kubectl calls this script.
exec kubectl egress __complete "$@"
`,
  },
  {
    line: 'enable shop --mode observe',
    code: 0,
    text: 'namespace/shop labeled egress.zalando.org/mode=observe (was enforce)\n',
  },
  {
    line: 'disable shop',
    code: 0,
    text: 'namespace/shop labeled egress.zalando.org/mode=none (was observe)\n',
  },
];

/** What another run prints differently is replaced, and the width of columns. */
export function withoutChance(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, 'shop')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\b[0-9a-f]{10}-\w+$/gm, 'ID')
    .replace(/\b\d+ms\b/g, '0ms')
    .replace(/(?<=value: )\..*$/gm, 'NAMES')
    .replace(/\b\d+\.\d+\.\d+\.\d+\b/g, 'ADDRESS')
    .replace(/(?<=\S) {2,}/g, '  ')
    .replace(/ +$/gm, '');
}
