import { describe, expect, it } from 'vitest';
import {
  type ActivityTarget,
  API_VERSION,
  type EgressActivity,
  type EgressRuleSet,
} from '../../api/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import type { Viewer } from '../access/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import type { SimulationView } from '../wire.ts';
import { buildServer, createSimulate } from './index.ts';

const at = '2026-11-28T12:00:00.000Z';
const seen = (target: string, verdict: 'allow' | 'deny', count: number): ActivityTarget => ({
  ...{ target, verdict, count, firstSeen: at, lastSeen: at },
  owners: ['Deployment/api'],
});
const activity = {
  metadata: { namespace: 'shop', name: 'observed' },
  status: {
    mode: 'enforce',
    targets: [seen('api.example.com:443', 'allow', 5), seen('new.example.com:443', 'deny', 2)],
  },
} as EgressActivity;
const ruleSet = (name: string, targets: unknown, more: object = {}) => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { name, ...more },
  spec: { targets },
});
const stored = ruleSet('outside', ['api.example.com:443'], { namespace: 'shop' }) as EgressRuleSet;

const state = {
  namespaces: ['shop'],
  clock: { now: () => Date.parse(at) },
  reflectors: {
    activities: { store: { get: () => activity } },
    ruleSets: { store: { byIndex: () => [stored], list: () => [stored] } },
  },
} as unknown as ClusterState;

/** What the API server has: one pod of the workload. */
const client = {
  get: async () => ({ metadata: { name: 'shop' } }),
  list: async ({ plural }: { plural: string }) => ({
    items:
      plural === 'pods'
        ? [
            {
              metadata: {
                name: 'api-1',
                labels: { app: 'api', 'pod-template-hash': '5d' },
                ownerReferences: [{ kind: 'ReplicaSet', name: 'api-5d', controller: true }],
              },
            },
          ]
        : [],
  }),
} as never;

/** Viewers by their tokens, with the resources that they may read. */
const viewers: Readonly<Record<string, readonly string[]>> = {
  team: ['egressactivities', 'egressrulesets', 'pods'],
  podless: ['egressactivities', 'egressrulesets'],
  stranger: [],
};

const server = buildServer({
  pageDir: import.meta.dirname,
  log: silentLog,
  routes: {},
  simulate: createSimulate({ state, client }),
  authenticator: {
    authenticate: async (token): Promise<Viewer | undefined> =>
      viewers[token] && {
        name: token,
        may: async ({ resource }) => resource !== undefined && viewers[token]?.includes(resource) === true,
        withOwnRights: () => Promise.reject(new Error('a simulation writes nothing')),
      },
  },
});

async function ask(objects: unknown, token = 'team', namespace = 'shop') {
  const response = await server.inject({
    method: 'POST',
    url: `/api/namespaces/${namespace}/simulation`,
    headers: { authorization: `Bearer ${token}` },
    payload: { objects },
  });
  return { status: response.statusCode, body: response.json() as SimulationView };
}

const outcomesOf = ({ body }: { body: SimulationView }) =>
  body.targets.map(({ target, outcome, requests }) => `${target} ${outcome} ${requests}`);

describe('POST /api/namespaces/<name>/simulation', () => {
  it('says what a changed rule set would newly refuse and let pass, with counts and workloads', async () => {
    const changed = await ask([ruleSet('outside', ['new.example.com:443']), { kind: 'Pod' }, null, 7]);
    expect(outcomesOf(changed)).toEqual([
      'api.example.com:443 newlyRefused 5',
      'new.example.com:443 newlyPasses 2',
    ]);
    expect(changed.body).toMatchObject({
      faults: [],
      mode: 'enforce',
      knowsClusterRules: true,
      knowsPods: true,
    });
    expect(changed.body.targets[1]).toEqual({
      target: 'new.example.com:443',
      outcome: 'newlyPasses',
      requests: 2,
      lastSeen: at,
      owners: ['Deployment/api'],
      reason: 'RuleAllowed',
      rule: 'shop/outside#0',
    });
  });

  it('takes a ClusterEgressRuleSet that denies into account', async () => {
    const never = { ...ruleSet('never', ['*:443']), kind: 'ClusterEgressRuleSet' };
    expect(outcomesOf(await ask([{ ...never, spec: { ...never.spec, action: 'Deny' } }]))).toEqual([
      'api.example.com:443 newlyRefused 5',
      'new.example.com:443 refused 2',
    ]);
  });

  it('knows by the pods which of them a podSelector selects, and says if the viewer may not list them', async () => {
    const { spec, ...rest } = ruleSet('more', ['new.example.com:443']);
    const selecting = { ...rest, spec: { ...spec, podSelector: { matchLabels: { app: 'api' } } } };
    expect(outcomesOf(await ask([selecting]))[1]).toBe('new.example.com:443 newlyPasses 2');
    const blind = await ask([selecting], 'podless');
    expect([outcomesOf(blind)[1], blind.body.knowsPods]).toEqual(['new.example.com:443 refused 2', false]);
  });

  it.each([
    ['a target without a port', [ruleSet('a', ['api.example.com'])], 'spec.targets[0]: the port is missing'],
    ['another namespace', [ruleSet('a', ['a.example.com:443'], { namespace: 'bank' })], 'it is of bank'],
    ['no rule set', [{ kind: 'Pod' }], 'there is no EgressRuleSet'],
    ['no name', [{ ...ruleSet('a', []), metadata: {} }], 'there is no EgressRuleSet'],
    ['no spec', [{ ...ruleSet('a', []), spec: undefined }], 'spec'],
    ['targets that are no list', [ruleSet('a', {})], 'spec.targets'],
  ])('simulates nothing with %s, and says what is wrong', async (_, objects, message) => {
    const { body } = await ask(objects);
    expect(body.faults.map((fault) => fault.message).join()).toContain(message);
    expect(body.targets).toEqual([]);
  });

  it('answers who may read what it is made of, and takes no more than its limits', async () => {
    const change = [ruleSet('outside', ['new.example.com:443'])];
    const statuses = [
      await ask(change, 'unknown'),
      await ask(change, 'stranger'),
      await ask(change, 'team', 'bank'),
      await ask(undefined),
      await ask(Array.from({ length: 101 }, () => 1)),
      await ask(['x'.repeat(300_000)]),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([401, 404, 404, 400, 400, 413]);
  });
});
