import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPage } from '../../../../scripts/build/build-page.ts';
import type { Approval } from '../../../../src/api/index.ts';
import type { OwnClient } from '../../../../src/dashboard/access/index.ts';
import { buildServer, type Routes } from '../../../../src/dashboard/server/index.ts';
import type {
  AgentState,
  DashboardFlow,
  FlowAnswer,
  NamespaceDetail,
  Overview,
  ProxiesView,
  RequestView,
  Series,
  Session,
  SimulationView,
  SuggestionView,
} from '../../../../src/dashboard/wire.ts';
import { ApiError } from '../../../../src/kube/index.ts';
import { silentLog } from '../../../../src/telemetry/index.ts';

/** The real server and page with the state that a test sets, for states that are hard to produce in a cluster. */
export interface PageServer extends AsyncDisposable {
  url: string;
  state: PageState;
}

export interface PageState {
  flows: DashboardFlow[];
  agents: AgentState[];
  /** Every request fails. */
  failing: boolean;
  /** Known tokens. */
  tokens: Set<string>;
  requests: RequestView[];
  /** The API server has other requests with the same names. */
  replaced: boolean;
  /** What the viewer has written to the API server. */
  written: object[];
  /** The answer to a simulation. */
  simulation: SimulationView;
  /** Objects that were pasted for the last simulation. */
  pasted: unknown[];
}

/** A simulation that changes nothing. */
export const unchanged: SimulationView = {
  faults: [],
  targets: [],
  mode: 'enforce',
  knowsClusterRules: true,
  knowsPods: true,
};

const STEPS = 240;
const STEP = 15_000;

export async function startPageServer(): Promise<PageServer> {
  const pageDir = await mkdtemp(join(tmpdir(), 'kube-egress-page-'));
  await buildPage(pageDir);
  const state: PageState = {
    flows: [],
    agents: [agent('answering')],
    failing: false,
    tokens: new Set(['known']),
    requests: [],
    replaced: false,
    written: [],
    simulation: unchanged,
    pasted: [],
  };
  const app = buildServer({
    pageDir,
    log: silentLog,
    authenticator: {
      authenticate: async (token) => {
        if (state.failing) throw new Error('away');
        return state.tokens.has(token)
          ? {
              name: 'system:serviceaccount:shop:team',
              may: async () => true,
              withOwnRights: (work) => work({ patch: (...call) => patchAs(state, call) }),
            }
          : undefined;
      },
    },
    routes: routesFor(state),
    simulate: async (_viewer, _namespace, { objects }) => {
      state.pasted = objects;
      return state.simulation;
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    state,
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(pageDir, { recursive: true });
    },
  };
}

export function agent(state: AgentState['state']): AgentState {
  const pod = 'egress-proxy/squid-5d9c7-x2x4p';
  const message = 'connect ECONNREFUSED 10.244.0.9:8444';
  return { pod, proxy: 'egress-proxy/squid', state, ...(state === 'unreachable' && { message }) };
}

export function flow(number: number, more: Partial<DashboardFlow> = {}): DashboardFlow {
  return {
    key: `key-${number}`,
    id: `id-${number}`,
    agent: 'egress-proxy/squid-5d9c7-x2x4p',
    state: 'closed',
    time: new Date(Date.now() - number * 10).toISOString(),
    namespace: 'shop',
    pod: `api-7d9f8b6c5-${number}`,
    owner: 'Deployment/api',
    client: '10.244.0.17',
    method: 'CONNECT',
    target: `host-${number % 40}.example.com:443`,
    verdict: number % 3 === 0 ? 'deny' : 'allow',
    reason: number % 3 === 0 ? 'NoMatchingRule' : 'RuleAllowed',
    ...(number % 3 !== 0 && { rule: 'shop/outside#0' }),
    status: number % 3 === 0 ? 403 : 200,
    bytesReceived: 517,
    bytesSent: 3120,
    durationMs: 84,
    ...more,
  };
}

/** Refuses what the guard would refuse: the request of another uid. */
async function patchAs(
  { requests, replaced, written }: PageState,
  [, { name }, change]: Parameters<OwnClient['patch']>,
): Promise<never> {
  const { metadata, spec } = change as { metadata: { uid: string }; spec: { approval: Approval } };
  const request = requests.find((known) => known.name === name && known.uid === metadata.uid);
  if (request === undefined || replaced)
    throw new ApiError(`PATCH ${name}`, 422, { message: 'metadata.uid: immutable' });
  written.push({ name, ...spec });
  request.answer = spec.approval;
  request.state = spec.approval.outcome;
  return {} as never;
}

export function asked(name: string, more: Partial<RequestView> = {}): RequestView {
  return {
    name,
    uid: `uid-${name}`,
    targets: ['support.example.com:443'],
    duration: '2h',
    reason: 'incident 4711',
    requestedBy: 'tom',
    state: 'Pending',
    createdAt: new Date().toISOString(),
    ...more,
  };
}

function routesFor(state: PageState): Routes {
  return {
    '/session': async ({ name }): Promise<Session> => ({ viewer: name, kind: 'cluster' }),
    '/overview': async (): Promise<Overview> => ({
      now: new Date().toISOString(),
      namespaces: [summary(state)],
      series: series(),
      agents: state.agents,
    }),
    '/flows': async (_viewer, { query }): Promise<FlowAnswer> => {
      const start = Number(query['after']) || 0;
      const flows = state.flows.slice(start, start + 5_000);
      const end = start + flows.length;
      return {
        cursor: String(end),
        reset: false,
        more: end < state.flows.length,
        flows,
        missed: 0,
        agents: state.agents,
      };
    },
    '/namespaces/:name': async (_viewer, { params }): Promise<NamespaceDetail | undefined> =>
      params['name'] === 'shop' ? namespaceDetail(state) : undefined,
    '/namespaces/:name/suggestion': async (): Promise<SuggestionView> => ({
      name: 'suggested',
      targets: [{ target: 'api.example.com:443', requests: 12, present: false }],
      targetGroups: [],
      leftOut: [{ target: 'refused.example.com:443', reason: 'Refused' }],
      stillRefused: ['10.0.0.7:443'],
      knowsClusterRules: true,
    }),
    '/proxies': async (): Promise<ProxiesView> => ({ proxies: [] }),
  };
}

function summary({ flows }: PageState) {
  const refused = flows.filter(({ verdict }) => verdict === 'deny');
  const [lastRefusal] = refused;
  return {
    name: 'shop',
    mode: 'enforce',
    proxy: 'egress-proxy/squid',
    conditions: [],
    requests: flows.length,
    denied: refused.length,
    wouldDeny: 0,
    ruleSets: 1,
    ...(lastRefusal !== undefined && { lastRefusal }),
  };
}

function series(): Series {
  const steps = (count: (index: number) => number) =>
    Array.from({ length: STEPS }, (_, index) => count(index));
  return {
    start: Date.now() - STEPS * STEP,
    step: STEP,
    allowed: steps((index) => 20 + (index % 7)),
    denied: steps((index) => index % 5),
    wouldDeny: steps(() => 0),
  };
}

function namespaceDetail(state: PageState): NamespaceDetail {
  const lastSeen = new Date().toISOString();
  const common = {
    bytesReceived: 1,
    bytesSent: 1,
    firstSeen: lastSeen,
    lastSeen,
    owners: ['Deployment/api'],
  };
  return {
    summary: summary(state),
    series: series(),
    since: lastSeen,
    dropped: 0,
    source: 'agents',
    requests: state.requests,
    mayAnswer: true,
    mayApproveOwn: false,
    agents: state.agents,
    ruleSets: [
      {
        name: 'outside',
        targets: [
          { target: 'api.example.com:443', hits: 12, lastSeen },
          { target: 'old.example.com:443', hits: 0 },
        ],
        directTargets: [],
        hits: 12,
        lastSeen,
      },
      {
        name: 'request-over',
        expiresAt: '2026-01-01T00:00:00Z',
        expired: {
          type: 'Expired',
          status: 'True',
          reason: 'Expired',
          message: 'the rule set expired at 2026-01-01T00:00:00Z',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        targets: [],
        directTargets: [],
        hits: 0,
      },
    ],
    targets: [
      { target: 'refused.example.com:443', verdict: 'deny', reason: 'NoMatchingRule', count: 3, ...common },
      {
        target: 'inside.example.com:443',
        verdict: 'deny',
        reason: 'PrivateDestination',
        count: 1,
        ...common,
      },
      { target: 'api.example.com:443', verdict: 'allow', rule: 'shop/outside#0', count: 12, ...common },
    ],
    pods: { notInjected: ['old-1'], notServed: [], silent: ['idle-1'], clients: 3 },
  };
}
