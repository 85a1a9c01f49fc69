import type { Attempt, Who } from './attempt.ts';

const asked = {
  targets: ['a.example.com:443'],
  duration: '2h',
  reason: 'incident 4711',
  requestedBy: 'tom',
};
const meta = (name: string) => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressRequest',
  metadata: { name, namespace: 'enforced' },
});
const approvalBy = (by: string) => ({ outcome: 'Approved', by });

/** Exist before the guards: some without an answer, and one that Olga has approved, with its rule set. */
export const requestFixtures: object[] = [
  { ...meta('open'), spec: asked },
  { ...meta('by-pia'), spec: { ...asked, requestedBy: 'pia' } },
  { ...meta('by-anna'), spec: { ...asked, requestedBy: 'anna' } },
  { ...meta('approved'), spec: { ...asked, approval: approvalBy('olga') } },
  {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: {
      name: 'request-approved',
      namespace: 'enforced',
      annotations: {
        'egress.zalando.org/request': 'approved',
        'egress.zalando.org/requested-by': 'tom',
        'egress.zalando.org/approved-by': 'olga',
      },
    },
    spec: { targets: asked.targets },
  },
];

const NEVER_CHANGES = 'what an EgressRequest asks for never changes';
const NOT_ALLOWED = 'may not approve or refuse requests in namespace enforced';

const make = (name: string, who: Who, object: object, refused?: string): Attempt => ({
  name,
  who,
  kubectl: 'create -f -',
  object,
  ...(refused !== undefined && { refused }),
});
const patch = (name: string, who: Who, request: string, change: object, refused?: string): Attempt => ({
  name,
  who,
  kubectl: `patch egressrequest ${request} -n enforced --type=merge -p ${JSON.stringify(change)}`,
  ...(refused !== undefined && { refused }),
});
const answer = (by: string) => ({ spec: { approval: approvalBy(by) } });

/** A change of each field of the spec; a test compares them with the schema. */
export const requestChanges: Readonly<Record<string, unknown>> = {
  targets: ['b.example.com:443'],
  podSelector: { matchLabels: { app: 'api' } },
  duration: '9d',
  reason: 'another',
  requestedBy: 'nina',
};

export const requestAttempts: Attempt[] = [
  make('a request', 'tenant', { ...meta('new'), spec: asked }),
  make(
    'a request in the name of another user',
    'tenant',
    { ...meta('new'), spec: { ...asked, requestedBy: 'olga' } },
    'must name the user who makes the request: write "tom"',
  ),
  make(
    'a request that is approved from the beginning',
    'tenant',
    { ...meta('new'), spec: { ...asked, approval: approvalBy('tom') } },
    'is written after the request was made',
  ),
  make(
    'a request that is approved from the beginning',
    'operator',
    { ...meta('new'), spec: { ...asked, requestedBy: 'olga', approval: approvalBy('olga') } },
    'is written after the request was made',
  ),
  patch('an approval', 'tenant', 'open', answer('tom'), NOT_ALLOWED),
  patch('an approval in the name of the operator', 'tenant', 'open', answer('olga'), NOT_ALLOWED),
  patch(
    'a refusal',
    'tenant',
    'open',
    { spec: { approval: { outcome: 'Refused', by: 'tom' } } },
    NOT_ALLOWED,
  ),
  patch('an approval, with every right but bypass in the namespace', 'approver', 'open', answer('anna')),
  patch(
    'an approval by the name of another user',
    'approver',
    'open',
    answer('olga'),
    'must name the user who writes the approval: write "anna"',
  ),
  patch('an approval', 'operator', 'open', answer('olga')),
  patch('an approval', 'colleague', 'open', answer('pia')),
  patch(
    'an approval of the own request',
    'colleague',
    'by-pia',
    answer('pia'),
    '"pia" made this request, and another user has to approve it',
  ),
  patch(
    'an approval of the own request, as if made by another user',
    'colleague',
    'by-pia',
    { spec: { ...answer('pia').spec, requestedBy: 'tom' } },
    NEVER_CHANGES,
  ),
  patch('a refusal of the own request', 'colleague', 'by-pia', {
    spec: { approval: { outcome: 'Refused', by: 'pia' } },
  }),
  patch('an approval of the own request, with the verb approve-own', 'approver', 'by-anna', answer('anna')),
  patch(
    'an approval that changes the targets too',
    'operator',
    'open',
    { spec: { approval: approvalBy('olga'), targets: ['*:443'] } },
    NEVER_CHANGES,
  ),
  patch(
    'an approval becomes a refusal',
    'operator',
    'approved',
    { spec: { approval: { outcome: 'Refused', by: 'olga' } } },
    'an approval never changes',
  ),
  patch(
    'the end of an approval',
    'operator',
    'approved',
    { spec: { approval: null } },
    'an approval never changes',
  ),
  ...Object.entries(requestChanges).flatMap(([field, value]) =>
    ['open', 'approved'].map((request) =>
      patch(
        `${field} of a request that is ${request}`,
        'tenant',
        request,
        { spec: { [field]: value } },
        NEVER_CHANGES,
      ),
    ),
  ),
  patch('a label', 'tenant', 'open', { metadata: { labels: { team: 'x' } } }),
  {
    ...patch('the status', 'tenant', 'open --subresource=status', { status: { state: 'Approved' } }),
    refused: 'only the kube-egress controller writes the status',
  },
  {
    ...patch('the status', 'operator', 'open --subresource=status', { status: { state: 'Approved' } }),
    refused: 'only the kube-egress controller writes the status',
  },
  patch('the status', 'controller', 'open --subresource=status', { status: { state: 'Pending' } }),
  { name: 'the end of a request', who: 'tenant', kubectl: 'delete egressrequest approved -n enforced' },
];

const ruleSet = (annotations: Record<string, string>) => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressRuleSet',
  metadata: { name: 'mine', namespace: 'enforced', annotations },
  spec: { targets: ['a.example.com:443'] },
});
const approvedBy = { 'egress.zalando.org/approved-by': 'olga' };
const change = (name: string, who: Who, kubectl: string, refused?: string): Attempt => ({
  name,
  who,
  kubectl: `${kubectl} -n enforced`,
  ...(refused !== undefined && { refused }),
});
const ONLY = 'only the kube-egress controller writes it';

export const grantedAttempts: Attempt[] = [
  make('a rule set that says who approved it', 'tenant', ruleSet(approvedBy), 'leave them out'),
  make(
    'a rule set that says which request it is of',
    'tenant',
    ruleSet({ 'egress.zalando.org/request': 'open' }),
    'leave them out',
  ),
  make('a rule set of its own', 'tenant', ruleSet({ team: 'x' })),
  make('a rule set of a request', 'controller', ruleSet(approvedBy)),
  change(
    'more targets for what was approved',
    'tenant',
    'patch egressruleset request-approved --type=merge -p {"spec":{"targets":["*:443"]}}',
    ONLY,
  ),
  change(
    'its annotations',
    'tenant',
    'annotate egressruleset request-approved egress.zalando.org/request-',
    ONLY,
  ),
  change(
    'more time for it',
    'namespaceTenant',
    'patch egressruleset request-approved --type=merge -p {"spec":{"expiresAt":"2099-01-01T00:00:00Z"}}',
    ONLY,
  ),
  change('its end', 'tenant', 'delete egressruleset request-approved'),
  change('its labels', 'operator', 'label egressruleset request-approved team=x'),
  change('its labels', 'garbageCollector', 'label egressruleset request-approved team=x'),
];
