import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../support/attacks/raw-client.ts';
import { INSIDE, ORIGIN, PODS } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import type { Zone } from './support/squid/internet-process.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
const stage = new SquidStage({ privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'] });
/** More than one life in the agent's cache, whose shortest is 5 s. */
const LASTS_MS = 12_000;
const ONLY_INSIDE = 'only-inside.example.com';

/** What a name server of the attacker's may say; each is another name, so that none is remembered. */
const zone: Zone = {
  'public-then-inside.example.com': { turns: [[ORIGIN], [INSIDE]] },
  'inside-then-public.example.com': { turns: [[INSIDE], [ORIGIN]] },
  'public-then-loopback.example.com': { turns: [[ORIGIN], ['127.0.0.1']] },
  'public-then-both.example.com': { turns: [[ORIGIN], [ORIGIN, INSIDE]] },
  'both.example.com': [ORIGIN, INSIDE],
  'both-turned.example.com': [INSIDE, ORIGIN],
  'loopback-in-ipv6.example.com': [ORIGIN, '::1'],
  'mapped-in-ipv6.example.com': [ORIGIN, '::ffff:10.99.0.1'],
  'nat64-in-ipv6.example.com': [ORIGIN, '64:ff9b::a63:1'],
  'an-alias-that-turns.example.com': { turns: [[ORIGIN], [`CNAME ${ONLY_INSIDE}`]] },
  [ONLY_INSIDE]: [INSIDE],
};
const names = Object.keys(zone);
const publicNames = names.filter((name) => name !== ONLY_INSIDE);

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(ruleSet('my-app', ['*.example.com:80']));
  await stage.start();
  await stage.setZone(zone);
});
afterAll(() => stage.close());

const targetsAllowed = () =>
  new Set(
    stage
      .audit()
      .filter(({ verdict }) => verdict === 'allow')
      .map(({ target }) => target),
  );

/** CONNECT and GET for each name, again and again, until each that is public now and then has been served. */
async function insist(client: RawClient): Promise<void> {
  const until = Date.now() + LASTS_MS;
  for (let round = 0; Date.now() < until || targetsAllowed().size < publicNames.length; round += 1) {
    await Promise.all(
      names.flatMap((name) => [
        client.send({ id: `c-${name}`, raw: `CONNECT ${name}:80 HTTP/1.1\r\n\r\n` }),
        client.send({
          id: `g-${name}`,
          raw: `GET http://${name}/${round} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`,
        }),
      ]),
    );
  }
}

describe('a resolver that changes its answer, and names with several addresses', () => {
  it('never make Squid dial what the guard refuses', async () => {
    const client = stage.rawClient(api, { quietMs: 2000 });
    await insist(client);
    await client.close();
    const arrivals = await stage.arrivals();
    expect(new Set(arrivals.map(({ server }) => server))).toEqual(new Set([ORIGIN]));
    const dialled = stage.audit().flatMap(({ resolvedIP }) => resolvedIP ?? []);
    expect(new Set(dialled)).toEqual(new Set([ORIGIN]));
  }, 120_000);

  it.each(publicNames)('%s still serves its public address', (name) => {
    expect(targetsAllowed()).toContain(`${name}:80`);
  });

  it('a name that is only inside is refused each time', () => {
    const records = stage.audit().filter(({ target }) => target === `${ONLY_INSIDE}:80`);
    expect(new Set(records.map(({ reason }) => reason))).toEqual(new Set(['PrivateDestination']));
  });
});
