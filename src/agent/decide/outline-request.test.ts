import { describe, expect, it } from 'vitest';
import { podClient, requestTo, ruleSet, snapshotOf } from '../../rules/decide/rule-set-index.fixture.ts';
import { decide } from '../../rules/index.ts';
import { buildAuditRecord } from '../audit/index.ts';
import { parseAclRequest } from '../squid-acl/index.ts';
import type { ClientPod } from '../state/index.ts';
import type { Route } from '../upstream/index.ts';
import { composeNotes } from './compose-notes.ts';
import { openedTunnel, outlineRequest } from './outline-request.ts';

const pod: ClientPod = {
  metadata: { namespace: 'my-app', name: 'api-1', uid: 'u', labels: {} },
  owner: 'Deployment/api',
  addresses: ['10.0.0.7'],
  startedAt: '',
};
const rules = ruleSet('my-app', ['*.example:443']);
const direct: Route = { kind: 'direct' };
const shown = { login: undefined, header: undefined };
const parents: Route = { kind: 'parents', names: ['one', 'two'], shown };

describe('outlineRequest', () => {
  it.each([
    ['a CONNECT', 'CONNECT - h.example 443 -', true],
    ['a request', 'GET http h.example 443 -', false],
    ['a request that may become a WebSocket', 'GET http h.example 443 websocket', true],
  ])('knows whether %s opens a tunnel', (_, fields, opensTunnel) => {
    const request = parseAclRequest(`0 10.0.0.7 4711 ${fields} -`);
    const decision = decide(requestTo('h.example:443'), snapshotOf([rules]));
    if (decision.verdict === 'deny' || request === undefined) throw new Error('the fixture is denied');
    const outline = outlineRequest({ request, port: 443, decision, pod, addresses: [], route: direct });
    expect(outline.opensTunnel).toBe(opensTunnel);
  });
});

describe('a tunnel', () => {
  it.each<[string, Parameters<typeof snapshotOf>, 'enforce' | 'observe', Route]>([
    ['allowed by a rule', [[rules]], 'enforce', direct],
    ['passed by observe mode', [[]], 'observe', direct],
    ['led through a parent', [[rules]], 'enforce', parents],
  ])('%s is described as by its audit line', (_, snapshot, mode, route) => {
    const request = requestTo('H.example:443', { client: podClient({ mode }) });
    const decision = decide(request, snapshotOf(...snapshot));
    const aclRequest = parseAclRequest('0 10.0.0.7 4711 CONNECT - H.example 443 -');
    if (decision.verdict === 'deny' || aclRequest === undefined) throw new Error('the fixture is denied');
    const parts = { decision, pod, addresses: ['203.0.113.10'], route };
    const outline = outlineRequest({ ...parts, request: aclRequest, port: 443 });
    const tunnel = openedTunnel(outline, { id: 'run-1', port: 4711, now: 1_700_000_000_000 });
    const notes = composeNotes({ ...parts, id: 'run-1', tag: 'my-app', refusal: undefined });
    const line = {
      ...notes,
      id: 'run-1',
      verdict: 'allow',
      start: '1700000000.000',
      source: '10.0.0.7',
      method: 'CONNECT',
      host: 'H.example',
      port: '443',
      url: 'H.example:443',
    } as Parameters<typeof buildAuditRecord>[0];
    expect(tunnel.known).toEqual(
      buildAuditRecord(line, { query: 'Redact', identify: () => undefined, gateReport: () => undefined }),
    );
    expect(tunnel.client).toEqual({ address: '10.0.0.7', port: 4711 });
  });
});
