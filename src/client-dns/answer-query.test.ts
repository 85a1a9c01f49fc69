import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OutsideNames } from '../api/index.ts';
import { answerQuery, type QueryContext } from './answer-query.ts';

const REFUSE: OutsideNames = { answer: 'refuse', report: true, resolved: ['db.example.com'] };
const forwarded: string[] = [];
const asked: string[] = [];
const counted: string[] = [];
beforeEach(() => {
  for (const list of [forwarded, asked, counted]) list.length = 0;
});

function context(outside: OutsideNames | undefined = REFUSE, isAnswering = true): QueryContext {
  return {
    clusterDomain: 'cluster.local',
    outsideNames: async () => outside,
    forward: async (message) => {
      forwarded.push(decode(message).questions?.[0]?.name ?? '');
      return isAnswering ? Buffer.from('answer') : undefined;
    },
    asked: (client, name) => asked.push(`${client} ${name}`),
    count: (outcome) => counted.push(outcome),
  };
}

const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as never;
const message = (name: string, type = 'A', more: Partial<Packet> = {}) =>
  encode({ type: 'query', id: 7, flags: 1 << 8, questions: [{ type: type as 'A', name }], ...more });
const client = { address: '10.244.1.7', protocol: 'udp' as const };

/** What dns-packet decodes, and its types lack. */
type Response = DecodedPacket & {
  rcode: string;
  additionals: { options?: { code: number; data: Buffer }[] }[];
};
async function ask(sent: Buffer, given = context(), from = client): Promise<Response> {
  return decode((await answerQuery(sent, from, given)) as Buffer) as Response;
}

describe('answerQuery', () => {
  it('forwards names of the cluster without asking the agent', async () => {
    const never = { ...context(), outsideNames: () => Promise.reject(new Error('asked')) };
    await answerQuery(message('Web.Shop.svc.cluster.local.', 'SRV'), client, never);
    expect(forwarded).toEqual(['Web.Shop.svc.cluster.local']);
    expect(counted).toEqual(['cluster']);
  });

  it('gives a name of raw bytes back byte by byte, since a client awaits an answer to what it has sent', async () => {
    const sent = message('x.evil.test');
    sent[13] = 0xe9;
    const received = (await answerQuery(sent, client, context())) ?? Buffer.alloc(0);
    expect(received.subarray(12)).toEqual(sent.subarray(12));
    expect(decode(received)).toMatchObject({ id: 7, rcode: 'NXDOMAIN' });
  });

  it('takes no name for one of the cluster because a label of it has a dot', async () => {
    const sent = message('data-default-svc-cluster-local');
    // One label, which reads as a Service.
    sent.write('data.default.svc.cluster.local', 13, 'latin1');
    expect(decode(sent).questions?.[0]?.name).toBe('data.default.svc.cluster.local');
    expect(await ask(sent)).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(counted).toEqual(['refused']);
  });

  it('says that an outside name does not exist, and why to those who can read it', async () => {
    const plain = await ask(message('data.evil.test', 'TXT'));
    expect(plain).toMatchObject({ id: 7, rcode: 'NXDOMAIN', answers: [], authorities: [], additionals: [] });
    const extended = await ask(message('data.evil.test', 'NULL', { additionals: [opt] }));
    const { options = [] } = extended.additionals[0] ?? {};
    expect(options[0]?.code).toBe(15);
    expect(options[0]?.data.readUInt16BE(0)).toBe(15);
    expect(options[0]?.data.subarray(2).toString()).toMatch(
      /^data\.evil\.test is outside of the cluster.*HTTPS_PROXY/,
    );
    expect(forwarded).toEqual([]);
    expect(asked).toEqual(['10.244.1.7 data.evil.test', '10.244.1.7 data.evil.test']);
    expect(counted).toEqual(['refused', 'refused']);
  });

  it('resolves an allowed name and does not report it', async () => {
    await answerQuery(message('DB.example.com'), client, context());
    expect([forwarded, asked, counted]).toEqual([['DB.example.com'], [], ['resolved']]);
  });

  it('forwards and reports in observe mode', async () => {
    await answerQuery(
      message('evil.test'),
      client,
      context({ answer: 'forward', report: true, resolved: [] }),
    );
    expect([forwarded, asked]).toEqual([['evil.test'], ['10.244.1.7 evil.test']]);
  });

  it('gives an address that transparent mode redirects, of the family of the client', async () => {
    const redirecting = context({ answer: 'redirect', report: false, resolved: [] });
    expect(await ask(message('evil.test'), redirecting)).toMatchObject({
      rcode: 'NOERROR',
      answers: [{ type: 'A', name: 'evil.test', data: '198.18.0.1' }],
    });
    const v6 = { ...client, address: 'fd00::7' };
    expect(await ask(message('evil.test', 'AAAA'), redirecting, v6)).toMatchObject({
      answers: [{ type: 'AAAA', data: '2001:2::1' }],
    });
    expect(await ask(message('evil.test', 'A'), redirecting, v6)).toMatchObject({
      rcode: 'NOERROR',
      answers: [],
    });
    expect([forwarded, asked]).toEqual([[], []]);
  });

  it('fails while the agent cannot be asked, but for names of the cluster', async () => {
    const alone = { ...context(), outsideNames: async () => undefined };
    expect(await ask(message('evil.test'), alone)).toMatchObject({ rcode: 'SERVFAIL' });
    expect(await answerQuery(message('a.svc.cluster.local'), client, alone)).toEqual(Buffer.from('answer'));
  });

  it("says that the cluster's DNS does not answer", async () => {
    expect(await ask(message('a.svc.cluster.local'), context(REFUSE, false))).toMatchObject({
      rcode: 'SERVFAIL',
    });
    expect(counted).toEqual(['failed']);
  });

  it('refuses what is no query for one name', async () => {
    const two = [
      { type: 'A' as const, name: 'a' },
      { type: 'A' as const, name: 'b' },
    ];
    expect(await ask(encode({ type: 'query', id: 1, questions: two }))).toMatchObject({ rcode: 'FORMERR' });
    const notify = message('a.svc.cluster.local', 'A', { flags: 4 << 11 });
    expect(await ask(notify)).toMatchObject({ rcode: 'NOTIMP' });
    const response = encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'a' }] });
    expect(await answerQuery(response, client, context())).toBeUndefined();
    expect(forwarded).toEqual([]);
  });

  it('survives any message, and forwards none that is not a query for one name', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.tuple(fc.nat(40), fc.nat(255)).map(([at, value]) => {
        const changed = Buffer.from(message('data.evil.test', 'TXT', { additionals: [opt] }));
        changed[at % changed.length] = value;
        return changed;
      }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (garbage) => {
        forwarded.length = 0;
        await answerQuery(Buffer.from(garbage), client, context());
        for (const name of forwarded)
          expect(name.toLowerCase()).toMatch(/cluster\.local$|\.arpa$|^db\.example\.com$/);
      }),
    );
  });
});
