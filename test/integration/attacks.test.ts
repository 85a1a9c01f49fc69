import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attacksOn, type Places } from '../support/attacks/corpus.ts';
import type { RawAnswer } from '../support/attacks/raw-client.ts';
import { ELSEWHERE, INSIDE, ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import type { Arrival } from './support/squid/internet-process.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
const stage = new SquidStage({ privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'] });
const places: Places = {
  allowed: 'allowed.example.com',
  denied: 'denied.example.com',
  deniedAddress: ELSEWHERE,
  proxy: { name: 'squid.egress-proxy.svc.cluster.local', service: PROXY, pod: PROXY, port: PROXY_PORT },
  inside: { address: INSIDE, port: 80 },
};
const attacks = attacksOn(places);

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(ruleSet('my-app', [`${places.allowed}:80`]));
  await stage.start();
  await stage.setZone({ [places.allowed]: [ORIGIN], [places.denied]: [ELSEWHERE] });
});
afterAll(() => stage.close());

describe('the corpus', () => {
  let answers: Map<string, RawAnswer>;
  let arrivals: Arrival[];
  beforeAll(async () => {
    const client = stage.rawClient(api, { quietMs: 1000 });
    const told = await Promise.all(attacks.map((attack) => client.send(attack)));
    await client.close();
    answers = new Map(told.map((answer) => [answer.id, answer]));
    arrivals = await stage.arrivals();
  });

  it.each(attacks)('$name', ({ id, answers: expected, why }) => {
    const { answers: seen, text } = answers.get(id) ?? { text: '' };
    expect(seen, `${why}\n${text}`).toEqual(expected);
  });

  it('reaches no server but the allowed one, and that only with what is allowed', () => {
    expect(arrivals.filter(({ server }) => server !== ORIGIN)).toEqual([]);
    const expected = attacks.flatMap(({ arrives }) => arrives);
    expect(arrivals.map(({ path }) => path).sort()).toEqual(expected.sort());
  });
});
