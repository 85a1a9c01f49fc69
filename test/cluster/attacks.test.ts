import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { attacksOn, type Places } from '../support/attacks/corpus.ts';
import { type RawAnswer, RawClient } from '../support/attacks/raw-client.ts';
import { type Arrival, InternetLog } from './support/attacks/internet-log.ts';
import { ruleSet, startNodePod, startStage } from './support/attacks/stage.ts';
import { eventually, leaveNamespaces } from './support/client-pods.ts';

const NAMESPACE = 'attacks';
/** Where the internet simulator keeps the name that is allowed, and the one that is not (scripts/local-cluster/zones.txt). */
const ALLOWED_ADDRESS = '203.0.113.10';
const DENIED_ADDRESS = '203.0.113.66';

async function read(command: string): Promise<string> {
  const ran = await bash(`kubectl ${command}`);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
}

async function findPlaces(): Promise<Places> {
  const service = await read(`get service squid -n egress-proxy -o jsonpath='{.spec.clusterIP}'`);
  const pods = await read(
    `get pods -n egress-proxy -l app=squid -o jsonpath='{range .items[*]}{.status.podIP}{"\\n"}{end}'`,
  );
  const witness = await read(`get pod witness -n ${NAMESPACE} -o jsonpath='{.status.podIP}'`);
  return {
    allowed: 'attacks.example.com',
    denied: 'attacks.evil.test',
    deniedAddress: DENIED_ADDRESS,
    proxy: {
      name: 'squid.egress-proxy.svc.cluster.local',
      service,
      pod: pods.split('\n')[0] ?? '',
      port: 3128,
    },
    inside: { address: witness, port: 8080 },
  };
}

/** `kubectl exec` in the attacker's pod; node finds the script in its ConfigMap. */
function rawClient(): RawClient {
  const options = JSON.stringify({ host: 'squid.egress-proxy', port: 3128, quietMs: 2000, concurrency: 8 });
  const command = [
    'exec',
    '-i',
    '-n',
    NAMESPACE,
    'attacker',
    '--',
    'node',
    '/scripts/raw-client.mjs',
    options,
  ];
  return new RawClient(spawn('kubectl', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
}

/** The rows are known before there is a cluster; their bytes only then. */
const nowhere: Places = {
  allowed: 'a',
  denied: 'd',
  deniedAddress: '203.0.113.66',
  proxy: { name: 's', service: '10.0.0.1', pod: '10.0.0.2', port: 3128 },
  inside: { address: '10.0.0.3', port: 8080 },
};

describe('the corpus, from a real pod against the real proxy pods', () => {
  const internet = new InternetLog();
  let answers: Map<string, RawAnswer>;
  let attacks: ReturnType<typeof attacksOn>;
  let arrivals: Arrival[];

  beforeAll(async () => {
    await startStage(NAMESPACE, 'enforce');
    const script = readFileSync(new URL('../support/attacks/raw-client.mjs', import.meta.url), 'utf8');
    const witness = readFileSync(new URL('./support/attacks/witness.mjs', import.meta.url), 'utf8');
    await Promise.all([
      startNodePod(NAMESPACE, 'attacker', { 'raw-client.mjs': script }),
      startNodePod(NAMESPACE, 'witness', { 'witness.mjs': witness }, ['node', '/scripts/witness.mjs']),
      ruleSet(NAMESPACE, 'attacks', ['attacks.example.com:80']),
    ]);
    attacks = attacksOn(await findPlaces());
    const client = rawClient();
    internet.mark();
    const told = await Promise.all(attacks.map((attack) => client.send(attack)));
    await client.close();
    answers = new Map(told.map((answer) => [answer.id, answer]));
    arrivals = internet.since();
  });
  afterAll(() => leaveNamespaces(NAMESPACE));

  test.each(attacksOn(nowhere).map(({ id, name }) => [name, id] as const))('%s', (_, id) => {
    const attack = attacks.find((candidate) => candidate.id === id);
    const { answers: seen, text } = answers.get(id) ?? { text: '' };
    expect(seen, `${attack?.why}\n${text}`).toEqual(attack?.answers);
  });

  test('nothing arrives in the internet simulator but what is allowed, and that at the allowed address', () => {
    const ours = arrivals.filter(({ host, path }) => /attacks/.test(host) || /^\/[a-z]+-\d+/.test(path));
    expect(ours.filter(({ server }) => server !== `${ALLOWED_ADDRESS}:80`)).toEqual([]);
    const expected = attacks.flatMap(({ arrives }) => arrives);
    expect(ours.map(({ path }) => path).sort()).toEqual(expected.sort());
  });

  test('nothing arrives at a pod inside the cluster', async () => {
    expect(await read(`logs -n ${NAMESPACE} witness`)).toBe('listening');
  });

  test('the audit log has a line for each refusal, and allows nothing but the allowed name', async () => {
    const audited = async () => {
      const lines = await read(`logs -n egress-proxy -l app=squid --tail=-1`);
      return lines
        .split('\n')
        .filter((line) => line.startsWith('{"id"'))
        .map((line) => JSON.parse(line) as { namespace?: string; verdict: string; target: string })
        .filter(({ namespace }) => namespace === NAMESPACE);
    };
    const refused = async () => (await audited()).filter(({ verdict }) => verdict === 'deny').length > 100;
    expect(await eventually(refused, true)).toBe(true);
    const allowed = (await audited()).filter(({ verdict }) => verdict === 'allow');
    expect([...new Set(allowed.map(({ target }) => target))]).toEqual(['attacks.example.com:80']);
  });
});
