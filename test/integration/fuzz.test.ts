import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/api/index.ts';
import {
  buildSettings,
  decide,
  parseDestination,
  RuleSetIndex,
  type Snapshot,
} from '../../src/rules/index.ts';
import { rawRequests, type Words } from '../support/attacks/fuzz/raw-requests.ts';
import type { RawClient } from '../support/attacks/raw-client.ts';
import { ELSEWHERE, INSIDE, ORIGIN, PODS } from './support/squid/addresses.ts';
import { enforcedNamespace, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

/** `npm run fuzz` sends 100,000. A failing run prints its seed and path; both can be given here. */
const requests = Number(process.env['KUBE_EGRESS_FUZZ_REQUESTS'] ?? 2000);
const seed = Number(process.env['KUBE_EGRESS_FUZZ_SEED'] ?? 20261121);
const BATCH = 50;

const [api = ''] = PODS;
const allowed = 'allowed.example.com';
const words: Words = {
  allowed,
  denied: [
    'denied.example.com',
    'example.com',
    ELSEWHERE,
    INSIDE,
    '127.0.0.1',
    '[::1]',
    'localhost',
    '3405803842',
    `[::ffff:${INSIDE}]`,
  ],
  ports: [80, 443, 8080],
};
const stage = new SquidStage({ privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'] });
const ruleSet = {
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet' as const,
  metadata: { namespace: 'my-app', name: 'rules' },
  spec: { targets: [`${allowed}:80`, `${allowed}:443`] },
};

function snapshotOf(): Snapshot {
  const ruleSets = new RuleSetIndex();
  ruleSets.setRuleSet(ruleSet);
  return { ruleSets, settings: buildSettings(stage.proxy, ['10.244.0.2']) };
}

/** What decide says of a GET to a target of the audit log or of a server's log. */
function allows(snapshot: Snapshot, host: string, port: number): boolean {
  const labels = { kind: 'pod', namespace: 'my-app', namespaceLabels: {}, name: 'api', labels: {} } as const;
  const client = { ...labels, mode: 'enforce', selected: true } as const;
  return decide({ client, method: 'GET', scheme: 'http', host, port }, snapshot).verdict === 'allow';
}

/** The target of a request that can be read in one way only; undefined for others. */
function plainTarget(raw: string): { host: string; port: number } | undefined {
  const [, connect, url] =
    /^(?:CONNECT ([^\s]+)|[A-Z]+ http:\/\/([^\s/?#\\]+)(?:\/\w*)?) HTTP\/1\.1\r\n/.exec(raw) ?? [];
  const [, host, port] = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(connect ?? url ?? '') ?? [];
  if (host === undefined) return undefined;
  return { host, port: Number(port ?? (connect === undefined ? 80 : 443)) };
}

const parseTarget = (text: string) => {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
};

describe('raw requests', () => {
  let client: RawClient;
  const snapshot = snapshotOf();

  /** By its first answer; what follows the first request is evaluated by where it arrives. */
  function judge(raw: string, status: number, seen: { judged: number }): void {
    const target = plainTarget(raw);
    if (target === undefined) return;
    seen.judged += 1;
    const refused = !allows(snapshot, target.host, target.port);
    expect(refused && status === 200, `refused by decide, allowed by the proxy: ${raw}`).toBe(false);
  }

  beforeAll(async () => {
    await stage.apply(enforcedNamespace('my-app'));
    await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
    await stage.apply(ruleSet);
    await stage.start();
    const elsewhere = { 'denied.example.com': [ELSEWHERE], 'example.com': [ELSEWHERE] };
    await stage.setZone({ ...elsewhere, [allowed]: [ORIGIN] });
    client = stage.rawClient(api, { quietMs: 400 });
  });
  afterAll(async () => {
    await client?.close();
    await stage.close();
  });

  it(`${requests} of them: none is allowed to a target that decide refuses`, async () => {
    const seen = { judged: 0 };
    const batches = fc.array(rawRequests(words), { minLength: BATCH, maxLength: BATCH });
    const property = fc.asyncProperty(batches, async (batch) => {
      const told = await Promise.all(batch.map((raw, index) => client.send({ id: `${index}`, raw })));
      told.forEach(({ answers }, index) => {
        judge(batch[index] ?? '', answers[0] ?? 0, seen);
      });
      const arrived = await stage.arrivals();
      const strays = arrived.filter(({ server, port }) => server !== ORIGIN || ![80, 443].includes(port));
      expect(strays, 'what arrived where nothing may').toEqual([]);
    });
    await fc.assert(property, {
      seed,
      numRuns: Math.ceil(requests / BATCH),
      endOnFailure: requests > 10_000,
    });
    // The fuzzer would prove nothing if nothing passed, or if no request could be read.
    const passed = () => stage.audit().filter(({ verdict }) => verdict === 'allow').length;
    await expect.poll(passed, { timeout: 30_000 }).toBeGreaterThan(requests / 50);
    expect(seen.judged).toBeGreaterThan(requests / 20);
  }, 3_600_000);

  it('the audit log allows no target that decide refuses', () => {
    const records = stage.audit().filter(({ verdict }) => verdict === 'allow');
    const targets = new Set(records.map(({ target }) => target));
    expect(targets.size).toBeGreaterThan(0);
    for (const target of targets) {
      const { host, port } = parseTarget(target);
      expect(parseDestination(host, port).ok && allows(snapshot, host, port), target).toBe(true);
    }
    const dialled = new Set(records.flatMap(({ resolvedIP }) => resolvedIP ?? []));
    expect([...dialled]).toEqual([ORIGIN]);
  });
});
