import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { RevisionFile, revisionPath } from '../agent/decide/index.ts';
import { RelayProcess } from './relay-process.fixture.ts';

/** A fake agent: collects what it receives and answers only when the test says so. */
class Agent {
  received = '';
  calls = 0;
  readonly revision: RevisionFile;
  #socket: Socket | undefined;
  readonly #server: Server;

  constructor(path: string, revision = 7) {
    this.revision = new RevisionFile(revisionPath(path), revision);
    this.#server = createServer((socket) => {
      this.#socket = socket;
      this.calls += 1;
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        this.received += chunk;
      });
      socket.on('error', () => {});
    }).listen(path);
  }

  say(text: string | Buffer): void {
    this.#socket?.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  async kill(): Promise<void> {
    this.#socket?.destroy();
    this.revision.close();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const PREAMBLE = 'acl 3\n';
const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

function start(...args: string[]) {
  const path = join(mkdtempSync(join(tmpdir(), 'relay-')), 'agent.sock');
  const relay = new RelayProcess('acl', '--socket', path, ...args);
  ended.push(() => relay.kill());
  return { path, relay };
}

async function startWithAgent(revision?: number) {
  // Longer than any test, so that the relay denies nothing by itself.
  const { path, relay } = start('--patience-ms', '600000');
  const agent = new Agent(path, revision);
  relay.say('999999 hello\n');
  await until(() => agent.received === `${PREAMBLE}999999 hello\n`);
  agent.say('999999 OK\n');
  await until(() => relay.heard === '999999 OK\n');
  agent.received = '';
  relay.heard = '';
  return { path, relay, agent };
}

/** The timeout is long because the relay is slow with the checks of the compiler. */
const until = (what: () => boolean) => expect.poll(what, { timeout: 50_000, interval: 5 }).toBe(true);

/** An ACL request as Squid writes it. */
const request = (channel: number, { source = '10.0.0.7', port = 4711, host = 'h.example' } = {}) =>
  `${channel} ${source} ${port} CONNECT - ${host} 443 -\n`;

describe('the ACL relay', () => {
  it('connects to the agent on the first request: until then Squid is starting', async () => {
    const { path, relay } = start();
    const agent = new Agent(path);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(agent.calls).toBe(0);
    relay.say('0 a\n');
    await until(() => agent.received === `${PREAMBLE}0 a\n`);
    expect(agent.calls).toBe(1);
  });

  it('passes requests to the agent and answers to Squid', async () => {
    const { relay, agent } = await startWithAgent();
    relay.say('0 a\n1 ');
    relay.say('b\n');
    await until(() => agent.received === '0 a\n1 b\n');
    agent.say('1 OK verdict_=allow\n0 OK');
    agent.say(' verdict_=deny\n');
    await until(() => relay.heard === '1 OK verdict_=allow\n0 OK verdict_=deny\n');
  });

  it('sends again what a dead agent has left open, and only that', async () => {
    const { path, relay, agent } = await startWithAgent();
    relay.say('0 a\n1 b\n2 c\n');
    await until(() => agent.received.endsWith('2 c\n'));
    agent.say('1 OK verdict_=allow\n0 OK verd');
    await until(() => relay.heard !== '');
    await agent.kill();
    const second = new Agent(path);
    await until(() => second.received === `${PREAMBLE}0 a\n2 c\n`);
    second.say('0 OK verdict_=allow\n0 OK verdict_=allow\n9 OK verdict_=allow\n');
    await until(() => relay.heard === '1 OK verdict_=allow\n0 OK verdict_=allow\n');
  });

  it('denies a request that waits for too long, with a percent-encoded reason', async () => {
    const { relay } = start('--patience-ms', '50');
    relay.say('7 a\n');
    await until(() => relay.heard.endsWith('\n'));
    expect(relay.heard).toMatch(
      /^7 OK verdict_=deny id_=\w+-r0 reason_=AgentUnavailable decision_=(\S+) message=\1\n$/,
    );
    expect(decodeURIComponent(relay.heard)).toContain('AgentUnavailable: the egress agent');
  });

  it('ends when Squid closes its end', async () => {
    const { relay } = start();
    expect(await relay.hangUp()).toBe(0);
  });

  it('ignores a line without a channel', async () => {
    const { relay, agent } = await startWithAgent();
    relay.say('x a\n\n-1 b\n3 c\n');
    await until(() => agent.received === '3 c\n');
  });

  it('passes a line of a megabyte unchanged', async () => {
    const { relay, agent } = await startWithAgent();
    const long = `5 ${'a'.repeat(1 << 20)}\n`;
    relay.say(long);
    await until(() => agent.received === long);
    agent.say(`5 OK ${'b'.repeat(1 << 20)}\n`);
    await until(() => relay.heard.length === (1 << 20) + 6);
  });
});

describe('a leased answer', () => {
  /** Request 0 has been answered with a lease of `ms` under a revision. */
  async function leased({ ms = 60_000, revision = 7, notes = ' namespace_=shop' } = {}) {
    const stage = await startWithAgent();
    stage.relay.say(request(0));
    await until(() => stage.agent.received.endsWith(request(0)));
    stage.agent.say(`lease 3 ${revision} ${ms} 0 first-1${notes}\n`);
    await until(() => stage.relay.heard === `0 OK verdict_=allow id_=first-1${notes}\n`);
    stage.relay.heard = '';
    stage.agent.received = '';
    return stage;
  }

  it('is reused immediately, with an identifier of its own, and reported to the agent', async () => {
    const { relay, agent } = await leased();
    const before = Date.now();
    relay.say(request(1, { port: 5000 }) + request(2, { port: 5001 }));
    await until(() => relay.heard.split('\n').length === 3);
    const ids =
      /^1 OK verdict_=allow id_=(\w+-r0) namespace_=shop\n2 OK verdict_=allow id_=(\w+-r1) namespace_=shop\n$/.exec(
        relay.heard,
      );
    await until(() => agent.received.split('\n').length === 3);
    const reports = /^reuse 3 (\S+) 5000 (\d+)\nreuse 3 (\S+) 5001 \d+\n$/.exec(agent.received);
    expect([reports?.[1], reports?.[3]]).toEqual([ids?.[1], ids?.[2]]);
    expect(Number(reports?.[2])).toBeGreaterThanOrEqual(before);
  });

  it('is reported, too, if Squid ends immediately after', async () => {
    const { relay, agent } = await leased();
    relay.say(request(1, { port: 5000 }));
    expect(await relay.hangUp()).toBe(0);
    await until(() => /^reuse 3 \S+ 5000 \d+\n$/.test(agent.received));
  });

  it('is reused without notes if it has none', async () => {
    const { relay } = await leased({ notes: '' });
    relay.say(request(1));
    await until(() => /^1 OK verdict_=allow id_=\w+-r0\n$/.test(relay.heard));
  });

  it.each([
    ['another client', { source: '10.0.0.8' }],
    ['another host', { host: 'g.example' }],
    ['a source that borrows from what follows', { source: '10.0.0.', host: '7' }],
  ])('is not reused for %s', async (_, other) => {
    const { relay, agent } = await leased();
    relay.say(request(1, other));
    await until(() => agent.received === request(1, other));
    expect(relay.heard).toBe('');
  });

  it('is invalid as soon as the revision changes', async () => {
    const { relay, agent } = await leased();
    for (let round = 0; round < 50; round += 1) {
      agent.revision.write(100 + round);
      relay.say(request(1 + round));
      await until(() => agent.received === request(1 + round));
      agent.received = '';
      agent.say(`lease ${round} ${100 + round} 60000 ${1 + round} next-${round} n=1\n`);
      await until(() => relay.heard.endsWith(`id_=next-${round} n=1\n`));
    }
  });

  it('is not reused if the revision has changed since the decision', async () => {
    const { relay, agent } = await leased({ revision: 6 });
    relay.say(request(1));
    await until(() => agent.received === request(1));
  });

  it('expires', async () => {
    const { relay, agent } = await leased({ ms: 0 });
    relay.say(request(1));
    await until(() => agent.received === request(1));
  });

  it('ends with its agent', async () => {
    const { path, relay, agent } = await leased();
    await agent.kill();
    // The next agent begins with another revision.
    const second = new Agent(path, 8);
    relay.say(request(1));
    await until(() => second.received === PREAMBLE + request(1));
    expect(relay.heard).toBe('');
  });

  it('is not reused while there is no agent', async () => {
    const { relay, agent } = await leased();
    await agent.kill();
    relay.say(request(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(relay.heard).toBe('');
  });

  it('evicts no other lease of its bucket while there is space, and stays within bounds', async () => {
    const { relay, agent } = await startWithAgent();
    const hosts = Array.from({ length: 40_000 }, (_, index) => `h${index}.example`);
    relay.say(hosts.map((host, index) => request(index, { host })).join(''));
    await until(() => agent.received.endsWith(request(39_999, { host: 'h39999.example' })));
    agent.say(hosts.map((_, index) => `lease ${index} 7 60000 ${index} id-${index}\n`).join(''));
    await until(() => relay.heard.endsWith('39999 OK verdict_=allow id_=id-39999\n'));
    relay.heard = '';
    relay.say(request(40_000, { host: 'h39999.example' }));
    await until(() => /^40000 OK verdict_=allow id_=\w+-r0\n$/.test(relay.heard));
  });
});

describe('with random input', () => {
  const words = fc.constantFrom(
    '0',
    '1',
    '7',
    '99999999999999999999',
    'lease',
    'reuse',
    'OK',
    'acl',
    '',
    'a',
    '\0',
    '\xff',
  );
  const line = fc.array(words, { maxLength: 9 }).map((list) => `${list.join(' ')}\n`);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    line,
  );

  it('the relay stays within its memory and answers the next request', async () => {
    const { relay, agent } = await startWithAgent();
    let channel = 1_000_000;
    await fc.assert(
      fc.asyncProperty(
        fc.array(noise, { maxLength: 40 }),
        fc.array(noise, { maxLength: 40 }),
        async (squid, said) => {
          relay.say(`${squid.join('')}\n`);
          agent.say(`${said.join('')}\n`);
          const next = request(++channel);
          relay.say(next);
          await until(() => agent.received.endsWith(next));
          agent.say(`${channel} OK id_=${channel}\n`);
          await until(() => relay.heard.endsWith(`${channel} OK id_=${channel}\n`));
        },
      ),
      { numRuns: 200 },
    );
    expect(relay.complaints).toBe('');
    expect(await relay.hangUp()).toBe(0);
  });
});
