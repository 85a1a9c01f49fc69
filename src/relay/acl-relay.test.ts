import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { VersionFile, versionPath } from '../agent/decision/version-file.ts';
import { RelayProcess } from './relay-process.fixture.ts';

/** An agent of the test's own: keeps what it is told and answers only when the test says so. */
class Agent {
  received = '';
  calls = 0;
  readonly version: VersionFile;
  #socket: Socket | undefined;
  readonly #server: Server;

  constructor(path: string, version = 7) {
    this.version = new VersionFile(versionPath(path), version);
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
    this.version.close();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const PREAMBLE = 'acl 2\n';
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

async function startWithAgent(version?: number) {
  const { path, relay } = start();
  const agent = new Agent(path, version);
  relay.say('999999 hello\n');
  await until(() => agent.received === `${PREAMBLE}999999 hello\n`);
  agent.say('999999 OK\n');
  await until(() => relay.heard === '999999 OK\n');
  agent.received = '';
  relay.heard = '';
  return { path, relay, agent };
}

/** Long: the relay is slow with the checker of its memory. */
const until = (what: () => boolean) => expect.poll(what, { timeout: 50_000, interval: 5 }).toBe(true);

/** As Squid asks: `channel` first, from a port of the client's. */
const question = (channel: number, { source = '10.0.0.7', port = 4711, host = 'h.example' } = {}) =>
  `${channel} ${source} ${port} CONNECT - ${host} 443 -\n`;

describe('the relay of questions', () => {
  it('calls the agent with the first question: until then Squid is being started', async () => {
    const { path, relay } = start();
    const agent = new Agent(path);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(agent.calls).toBe(0);
    relay.say('0 a\n');
    await until(() => agent.received === `${PREAMBLE}0 a\n`);
    expect(agent.calls).toBe(1);
  });

  it('carries questions there and answers back', async () => {
    const { relay, agent } = await startWithAgent();
    relay.say('0 a\n1 ');
    relay.say('b\n');
    await until(() => agent.received === '0 a\n1 b\n');
    agent.say('1 OK verdict=allow\n0 OK');
    agent.say(' verdict=deny\n');
    await until(() => relay.heard === '1 OK verdict=allow\n0 OK verdict=deny\n');
  });

  it('sends again what a dead agent has left open, and only that', async () => {
    const { path, relay, agent } = await startWithAgent();
    relay.say('0 a\n1 b\n2 c\n');
    await until(() => agent.received.endsWith('2 c\n'));
    agent.say('1 OK verdict=allow\n0 OK verd');
    await until(() => relay.heard !== '');
    await agent.kill();
    const second = new Agent(path);
    await until(() => second.received === `${PREAMBLE}0 a\n2 c\n`);
    second.say('0 OK verdict=allow\n0 OK verdict=allow\n9 OK verdict=allow\n');
    await until(() => relay.heard === '1 OK verdict=allow\n0 OK verdict=allow\n');
  });

  it('refuses what stays open for too long, with the reason in words without spaces', async () => {
    const { relay } = start('--patience-ms', '50');
    relay.say('7 a\n');
    await until(() => relay.heard.endsWith('\n'));
    expect(relay.heard).toMatch(
      /^7 OK verdict=deny id=\w+-r0 reason=AgentUnavailable decision=(\S+) message=\1\n$/,
    );
    expect(decodeURIComponent(relay.heard)).toContain('AgentUnavailable: the egress agent');
  });

  it('ends when Squid closes its end', async () => {
    const { relay } = start();
    expect(await relay.hangUp()).toBe(0);
  });

  it('answers nobody for a line without a channel', async () => {
    const { relay, agent } = await startWithAgent();
    relay.say('x a\n\n-1 b\n3 c\n');
    await until(() => agent.received === '3 c\n');
  });

  it('takes a line of a megabyte as it is', async () => {
    const { relay, agent } = await startWithAgent();
    const long = `5 ${'a'.repeat(1 << 20)}\n`;
    relay.say(long);
    await until(() => agent.received === long);
    agent.say(`5 OK ${'b'.repeat(1 << 20)}\n`);
    await until(() => relay.heard.length === (1 << 20) + 6);
  });
});

describe('an answer that may be given again', () => {
  /** Question 0 is answered, to be kept for `ms` under a version. */
  async function kept({ ms = 60_000, version = 7, notes = ' namespace=shop' } = {}) {
    const stage = await startWithAgent();
    stage.relay.say(question(0));
    await until(() => stage.agent.received.endsWith(question(0)));
    stage.agent.say(`keep 3 ${version} ${ms} 0 first-1${notes}\n`);
    await until(() => stage.relay.heard === `0 OK verdict=allow id=first-1${notes}\n`);
    stage.relay.heard = '';
    stage.agent.received = '';
    return stage;
  }

  it('is given at once, under an identifier of its own, and the agent is told', async () => {
    const { relay, agent } = await kept();
    const before = Date.now();
    relay.say(question(1, { port: 5000 }) + question(2, { port: 5001 }));
    await until(() => relay.heard.split('\n').length === 3);
    const ids =
      /^1 OK verdict=allow id=(\w+-r0) namespace=shop\n2 OK verdict=allow id=(\w+-r1) namespace=shop\n$/.exec(
        relay.heard,
      );
    await until(() => agent.received.split('\n').length === 3);
    const told = /^again 3 (\S+) 5000 (\d+)\nagain 3 (\S+) 5001 \d+\n$/.exec(agent.received);
    expect([told?.[1], told?.[3]]).toEqual([ids?.[1], ids?.[2]]);
    expect(Number(told?.[2])).toBeGreaterThanOrEqual(before);
  });

  it('is given without notes where it has none', async () => {
    const { relay } = await kept({ notes: '' });
    relay.say(question(1));
    await until(() => /^1 OK verdict=allow id=\w+-r0\n$/.test(relay.heard));
  });

  it.each([
    ['another client', { source: '10.0.0.8' }],
    ['another host', { host: 'g.example' }],
    ['a source that borrows from what follows', { source: '10.0.0.', host: '7' }],
  ])('%s is asked about', async (_, other) => {
    const { relay, agent } = await kept();
    relay.say(question(1, other));
    await until(() => agent.received === question(1, other));
    expect(relay.heard).toBe('');
  });

  it('is out of date from the moment in which the version changes', async () => {
    const { relay, agent } = await kept();
    for (let round = 0; round < 50; round += 1) {
      agent.version.write(100 + round);
      relay.say(question(1 + round));
      await until(() => agent.received === question(1 + round));
      agent.received = '';
      agent.say(`keep ${round} ${100 + round} 60000 ${1 + round} again-${round} n=1\n`);
      await until(() => relay.heard.endsWith(`id=again-${round} n=1\n`));
    }
  });

  it('is not kept where the version has changed since it was decided', async () => {
    const { relay, agent } = await kept({ version: 6 });
    relay.say(question(1));
    await until(() => agent.received === question(1));
  });

  it('ends with its time', async () => {
    const { relay, agent } = await kept({ ms: 0 });
    relay.say(question(1));
    await until(() => agent.received === question(1));
  });

  it('ends with its agent', async () => {
    const { path, relay, agent } = await kept();
    await agent.kill();
    // The next one begins with another version, as agents do.
    const second = new Agent(path, 8);
    relay.say(question(1));
    await until(() => second.received === PREAMBLE + question(1));
    expect(relay.heard).toBe('');
  });

  it('is not given while there is no agent', async () => {
    const { relay, agent } = await kept();
    await agent.kill();
    relay.say(question(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(relay.heard).toBe('');
  });

  it('does not drive out another of its bucket as long as there is room, and stays within bounds', async () => {
    const { relay, agent } = await startWithAgent();
    const hosts = Array.from({ length: 40_000 }, (_, index) => `h${index}.example`);
    relay.say(hosts.map((host, index) => question(index, { host })).join(''));
    await until(() => agent.received.endsWith(question(39_999, { host: 'h39999.example' })));
    agent.say(hosts.map((_, index) => `keep ${index} 7 60000 ${index} id-${index}\n`).join(''));
    await until(() => relay.heard.endsWith('39999 OK verdict=allow id=id-39999\n'));
    relay.heard = '';
    relay.say(question(40_000, { host: 'h39999.example' }));
    await until(() => /^40000 OK verdict=allow id=\w+-r0\n$/.test(relay.heard));
  });
});

describe('whatever it is told', () => {
  const words = fc.constantFrom(
    '0',
    '1',
    '7',
    '99999999999999999999',
    'keep',
    'again',
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

  it('the relay stays within its memory and answers the next question', async () => {
    const { relay, agent } = await startWithAgent();
    let channel = 1_000_000;
    await fc.assert(
      fc.asyncProperty(
        fc.array(noise, { maxLength: 40 }),
        fc.array(noise, { maxLength: 40 }),
        async (squid, said) => {
          relay.say(`${squid.join('')}\n`);
          agent.say(`${said.join('')}\n`);
          const next = question(++channel);
          relay.say(next);
          await until(() => agent.received.endsWith(next));
          agent.say(`${channel} OK id=${channel}\n`);
          await until(() => relay.heard.endsWith(`${channel} OK id=${channel}\n`));
        },
      ),
      { numRuns: 200 },
    );
    expect(relay.complaints).toBe('');
    expect(await relay.hangUp()).toBe(0);
  });
});
