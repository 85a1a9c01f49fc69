import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Right, readUsedRights } from './support/attacks/used-rights.ts';
import { stateFolderOf, testClusters } from './support/clusters.ts';

const rbac = resolve(import.meta.dirname, '../../manifests/base/rbac');

interface Role {
  kind: string;
  metadata: { name: string };
  rules?: Rule[];
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

interface Binding extends Role {
  roleRef: { kind: string; name: string };
}

const readObjects = (file: string): Role[] =>
  parseAllDocuments(readFileSync(join(rbac, file), 'utf8')).map((document) => document.toJS() as Role);

function grantedBy(file: string): Set<Right> {
  const rules = readObjects(file)
    .filter(({ kind }) => /^(Cluster)?Role$/.test(kind))
    .flatMap(({ rules = [] }) => rules);
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    ),
  );
}

/** Rights that a run of the other tests may not use, each with its reason. Whatever else is unused is too much. */
const rare: Record<string, Record<Right, string>> = {
  'webhook.yaml': {},
  'dashboard.yaml': {
    'zalando.org/egressproxies/flows get': 'agents ask the API server about it; no call of its own',
    'zalando.org/clusteregressrulesets list': 'only when a viewer asks for a suggestion',
    'zalando.org/egresstargetgroups list': 'only when a viewer asks for a suggestion',
  },
  'agent.yaml': { '/events patch': 'an Event that says the same again is counted up' },
  'controller.yaml': {
    'autoscaling/horizontalpodautoscalers get': 'only with spec.autoscaling',
    'autoscaling/horizontalpodautoscalers create': 'only with spec.autoscaling',
    'autoscaling/horizontalpodautoscalers patch': 'only with spec.autoscaling',
    'autoscaling/horizontalpodautoscalers delete': 'when spec.autoscaling is taken away',
    'zalando.org/egressproxies/finalizers update':
      'admission asks for it where blockOwnerDeletion is set; no call',
    'rbac.authorization.k8s.io/clusterroles bind':
      "asked for by the API server when an agent's role is bound; no call",
    'zalando.org/egressproxies/generations get': 'agents ask the API server about it; no call of its own',
    'zalando.org/egressproxies/flows get': 'agents ask the API server about it; no call of its own',
    '/events patch': 'an Event that says the same again is counted up',
    'rbac.authorization.k8s.io/clusterrolebindings get': 'only when the binding was deleted',
    'rbac.authorization.k8s.io/clusterrolebindings create': 'only when the binding was deleted',
    'zalando.org/egressrulesets delete': 'only with --remove-expired-days',
    'zalando.org/clusteregressrulesets delete': 'only with --remove-expired-days',
    'zalando.org/egressrequests delete': 'only with --remove-expired-days',
    'zalando.org/egressrequests/status patch': 'only when there is a request',
    'zalando.org/egressrulesets get': 'only when a request is approved',
    'zalando.org/egressrulesets create': 'only when a request is approved',
    '/events create': 'only when there is an Event to write',
  },
};

/** Kinds whose writers get the rights of any account of the namespace. */
const powerful =
  /^(secrets|serviceaccounts|deployments|daemonsets|statefulsets|replicasets|jobs|cronjobs|pods\/.*)$|role/;

describe('no account holds the cluster', () => {
  const objects = ['webhook.yaml', 'controller.yaml', 'agent.yaml', 'dashboard.yaml'].flatMap(readObjects);
  const bound = objects
    .filter((object): object is Binding => object.kind === 'ClusterRoleBinding')
    .map(({ roleRef }) => roleRef.name);
  const clusterWide = objects.filter(
    ({ kind, metadata }) => kind === 'ClusterRole' && bound.includes(metadata.name),
  );

  test('each has its role', () => {
    expect(clusterWide.map(({ metadata }) => metadata.name).sort()).toEqual([
      'kube-egress-agent',
      'kube-egress-controller',
      'kube-egress-dashboard',
      'kube-egress-webhook',
    ]);
  });

  test.each(clusterWide.map((role) => [role.metadata.name, role] as const))(
    '%s: what gives rights is not granted everywhere, or by name only',
    (_, { rules = [] }) => {
      const named = (resources: string[]) => resources.filter((resource) => powerful.test(resource));
      const loose = rules.filter(
        ({ resources, resourceNames = [] }) => named(resources).length > 0 && resourceNames.length === 0,
      );
      expect(loose).toEqual([]);
      const secrets = rules.filter(({ resources }) => resources.includes('secrets'));
      expect(secrets).toEqual([]);
      const everything = rules.filter(({ apiGroups, resources, verbs }) =>
        [...apiGroups, ...resources, ...verbs].some((word) =>
          ['*', 'escalate', 'impersonate'].includes(word),
        ),
      );
      expect(everything).toEqual([]);
      const pods = rules.filter(
        ({ resources, verbs }) =>
          resources.includes('pods') && verbs.some((verb) => !/list|watch|get/.test(verb)),
      );
      expect(pods).toEqual([]);
    },
  );
});

/** What the project `cluster` did since its clusters began is what is looked at: run it after that. */
describe('each component', () => {
  const used = readUsedRights(testClusters.map((cluster) => join(stateFolderOf(cluster), 'logs')));
  const parts: [string, RegExp][] = [
    ['webhook.yaml', /^system:serviceaccount:kube-egress-system:kube-egress-webhook$/],
    ['controller.yaml', /^system:serviceaccount:kube-egress-system:kube-egress-controller$/],
    ['agent.yaml', /^system:serviceaccount:[^:]+:[^:]+-agent$/],
    ['dashboard.yaml', /^system:serviceaccount:kube-egress-system:kube-egress-dashboard$/],
  ];
  const usedBy = (who: RegExp) =>
    new Set([...used].filter(([user]) => who.test(user)).flatMap(([, rights]) => [...rights]));

  test.each(parts)('%s: has no right that it never used', (file, who) => {
    const surplus = [...grantedBy(file)].filter(
      (right) => !usedBy(who).has(right) && rare[file]?.[right] === undefined,
    );
    expect(surplus).toEqual([]);
  });

  test.each(parts)('%s: every right that is listed as rare is granted', (file) => {
    const granted = grantedBy(file);
    expect(Object.keys(rare[file] ?? {}).filter((right) => !granted.has(right))).toEqual([]);
  });
});
